import { type Batch, type Block, decodeBatch, encodeBatch } from './batch.ts';
import type { PackedColumn } from './packed-column.ts';

/**
 * How fast a message between ingress and store is put together and taken apart. `bun shared/batch.bench.ts` prints
 * medians; the bench harness takes `batchContenders`.
 */

/** Numbers of one run, by names that end in their unit. */
export type BatchFigures = Record<string, number>;

export interface BatchContender {
  readonly name: string;
  run(): Promise<BatchFigures>;
}

const ROWS = 5_000;
const FIELDS = 10;
/** Blocks of a message, when its points are of many measurements. */
const BLOCKS = 70;
const MESSAGES = 500;
const MESSAGES_QUICK = 50;
const RUNS = 7;

/** Contenders for the bench harness; `quick` makes them small. */
export function batchContenders(quick: boolean): BatchContender[] {
  const messages = quick ? MESSAGES_QUICK : MESSAGES;
  return [
    ['one block of packed integers', batchOf([blockOf(ROWS, 'packed')])] as const,
    ['one block of floats', batchOf([blockOf(ROWS, 'plain')])] as const,
    [
      'seventy small blocks',
      batchOf(Array.from({ length: BLOCKS }, () => blockOf(ROWS / BLOCKS, 'packed'))),
    ] as const,
  ].flatMap(([name, batch]) => {
    const message = encodeBatch(batch);
    return [
      contender(`encode, ${name}`, messages, () => encodeBatch(batch).length),
      contender(`decode, ${name}`, messages, () => decodeBatch(message).blocks.length),
    ];
  });
}

function contender(name: string, messages: number, work: () => number): BatchContender {
  return {
    name,
    run: async () => {
      const startedMs = performance.now();
      let sum = 0;
      for (let message = 0; message < messages; message++) sum += work();
      if (sum === 0) throw new Error('nothing was made');
      const ms = performance.now() - startedMs;
      return { usPerMessage: (ms * 1000) / messages, rowsPerSecond: (ROWS * messages * 1000) / ms };
    },
  };
}

function batchOf(blocks: Block[]): Batch {
  return { installation: '0123abcd', blocks };
}

function blockOf(givenRows: number, columns: 'packed' | 'plain'): Block {
  const rows = Math.floor(givenRows);
  const packed: PackedColumn = {
    decimals: 0,
    base: new Uint8Array(8),
    codes: new Uint8Array(rows).map((_, row) => row % 101),
  };
  const plain = { values: new Uint8Array(rows * 8).map((_, at) => at % 251) };
  return {
    database: 'bench',
    measurement: 'cpu',
    rows,
    fields: Array.from({ length: FIELDS }, (_, field) => ({
      name: `usage_${field}`,
      type: columns === 'packed' ? 'integer' : 'float',
    })),
    series: new Uint8Array(rows * 8).map((_, at) => (at * 31) % 256),
    times: new Uint8Array(rows * 8),
    columns: Array.from({ length: FIELDS }, () => (columns === 'packed' ? packed : plain)),
    announced: undefined,
  };
}

if (import.meta.main) {
  for (const { name, run } of batchContenders(false)) {
    const figures: BatchFigures[] = [];
    for (let turn = 0; turn < RUNS; turn++) figures.push(await run());
    const medians = Object.keys(figures[0] ?? {}).map((figure) => {
      const sorted = figures.map((ofRun) => ofRun[figure] as number).toSorted((a, b) => a - b);
      return `${figure} ${(sorted[RUNS >> 1] as number).toPrecision(4)}`;
    });
    console.log(`${name}: ${medians.join(', ')}`);
  }
}
