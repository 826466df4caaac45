import type { Block } from '@overseer/shared/batch';
import type { FieldType } from '@overseer/shared/field-type';
import { RowEncoder } from './rows.ts';
import { NO_ROWS_NS, type SeriesColumns } from './rows-index.ts';
import { encodeByReference } from './rows-reference.ts';
import { type SampleField, sampleMessage, type Value } from './rows-samples.ts';
import type { TargetColumn } from './rows-target.ts';

/**
 * How fast rows are classified and encoded. `bun wasm/rows.bench.ts` prints a table; the bench harness takes
 * `rowsContenders`.
 */

/** Numbers of one run, by names that end in their unit. */
export type RowsFigures = Record<string, number>;

export interface RowsContender {
  readonly name: string;
  run(): Promise<RowsFigures>;
}

interface Workload {
  readonly name: string;
  readonly series: number;
  readonly messages: number;
  readonly types: readonly FieldType[];
}

/** About 500 KB a message with ten fields of 8 bytes, as ingress makes them. */
const ROWS_PER_MESSAGE = 5_000;
const STEP_NS = 10_000_000_000n;
const START_NS = 1_700_000_000_000_000_000n;
const TURNS = 20;
const REFERENCE_ROWS = 20_000;

const ten = (type: FieldType): FieldType[] => Array<FieldType>(10).fill(type);

const WORKLOADS: readonly Workload[] = [
  { name: 'ten integers', series: 4_000, messages: 16, types: ten('integer') },
  { name: 'ten floats', series: 4_000, messages: 16, types: ten('float') },
  { name: 'ten unsigned', series: 4_000, messages: 16, types: ten('unsigned') },
  { name: 'ten strings of 8 bytes', series: 4_000, messages: 16, types: ten('string') },
  {
    name: 'two of each type',
    series: 4_000,
    messages: 16,
    types: ['float', 'integer', 'unsigned', 'boolean', 'string'].flatMap((type) => [
      type as FieldType,
      type as FieldType,
    ]),
  },
  { name: 'one float of a million series', series: 1_000_000, messages: 200, types: ['float'] },
];

/** Contenders for the bench harness; `quick` makes them small. */
export async function rowsContenders(quick: boolean): Promise<RowsContender[]> {
  const turns = quick ? 1 : TURNS;
  const contenders = await Promise.all(
    WORKLOADS.map((workload) => encoderContender(workload, turns)),
  );
  return [...contenders, referenceContender()];
}

/** All that a store does to a message: load, classify, encode, copy the output. */
async function encoderContender(workload: Workload, turns: number): Promise<RowsContender> {
  const encoder = await RowEncoder.create({ seed: new Uint8Array(16) });
  const series = seriesColumns(workload.series);
  const samples = makeMessages(workload);
  const target = targetOf(workload.types);
  // Kept, as a new one for every output costs more than all the rest: its pages are mapped and cleared each time.
  const taken = new Uint8Array(encoder.limits.outputBytes);
  return {
    name: workload.name,
    run: async () => {
      const clock = { loadMs: 0, classifyMs: 0, encodeMs: 0, takeMs: 0 };
      let bytes = 0;
      for (let turn = 0; turn < turns; turn++) {
        encoder.index.clear();
        encoder.index.addAll(series);
        for (const { message, block } of samples) {
          const start = performance.now();
          encoder.releaseMessages();
          const handle = encoder.load(message);
          if (!handle) throw new Error('an empty encoder had no room');
          const loaded = performance.now();
          encoder.beginSeriesCount();
          const { plain } = encoder.classify(handle, block);
          const classified = performance.now();
          encoder.clearOutput();
          const position = encoder.encode(handle, block, target, { rows: plain });
          const encoded = performance.now();
          taken.set(encoder.output);
          bytes += encoder.output.length;
          const end = performance.now();
          if (plain !== 'all' || position !== block.rows)
            throw new Error('not all rows were encoded');
          clock.loadMs += loaded - start;
          clock.classifyMs += classified - loaded;
          clock.encodeMs += encoded - classified;
          clock.takeMs += end - encoded;
        }
      }
      const rows = turns * samples.length * ROWS_PER_MESSAGE;
      const allMs = clock.loadMs + clock.classifyMs + clock.encodeMs + clock.takeMs;
      return {
        rowsPerSecond: (rows / allMs) * 1e3,
        loadNsPerRow: (clock.loadMs / rows) * 1e6,
        classifyNsPerRow: (clock.classifyMs / rows) * 1e6,
        encodeNsPerRow: (clock.encodeMs / rows) * 1e6,
        takeNsPerRow: (clock.takeMs / rows) * 1e6,
        encodeMegabytesPerSecond: bytes / clock.encodeMs / 1e3,
      };
    },
  };
}

/** The reference implementation, encoding only. */
function referenceContender(): RowsContender {
  const types = ten('integer');
  const samples = makeMessages({ name: '', series: 4_000, messages: 4, types });
  const target = targetOf(types);
  const rows = Array.from({ length: ROWS_PER_MESSAGE }, (_, row) => row);
  return {
    name: 'reference, ten integers',
    run: async () => {
      const start = performance.now();
      let bytes = 0;
      for (const { block } of samples) bytes += encodeByReference(block, target, rows).length;
      const encodeMs = performance.now() - start;
      return {
        encodeNsPerRow: (encodeMs / REFERENCE_ROWS) * 1e6,
        encodeMegabytesPerSecond: bytes / encodeMs / 1e3,
      };
    },
  };
}

/** Ids that share no pattern, as hashes do: an odd multiplier visits every number once. */
function idOf(series: number): bigint {
  return BigInt.asUintN(64, BigInt(series) * 0x9e3779b97f4a7c15n);
}

function seriesColumns(count: number): SeriesColumns {
  const ids = BigUint64Array.from({ length: count }, (_, i) => idOf(i));
  return {
    ids,
    checks: ids,
    newestNs: new BigInt64Array(count).fill(NO_ROWS_NS),
    tables: new Uint32Array(count),
  };
}

/** Messages of rows that go through the series in their order, again and again. */
function makeMessages(workload: Workload): { message: Uint8Array; block: Block }[] {
  return Array.from({ length: workload.messages }, (_, index) => {
    const rows = Array.from({ length: ROWS_PER_MESSAGE }, (_, i) => index * ROWS_PER_MESSAGE + i);
    const { message, blocks } = sampleMessage([
      {
        series: rows.map((row) => idOf(row % workload.series)),
        timesNs: rows.map((row) => START_NS + BigInt(Math.floor(row / workload.series)) * STEP_NS),
        fields: workload.types.map(
          (type, field): SampleField => ({
            name: `f${field}`,
            type,
            values: rows.map((row) => sampleValue(type, row + field)),
          }),
        ),
      },
    ]);
    return { message, block: blocks[0] as Block };
  });
}

function sampleValue(type: FieldType, seed: number): Value {
  switch (type) {
    case 'float':
      return (seed % 10_000) / 100;
    case 'integer':
      return seed % 101;
    case 'unsigned':
      return BigInt(seed) * 1_000_003n;
    case 'boolean':
      return seed % 3 === 0;
    case 'string':
      return `host_${100 + (seed % 900)}`;
  }
}

function targetOf(types: readonly FieldType[]): TargetColumn[] {
  const fields = types.map((type, source): TargetColumn => ({ kind: 'field', type, source }));
  return [{ kind: 'time' }, { kind: 'series' }, ...fields];
}

if (import.meta.main) {
  const rounds = 7;
  for (const contender of await rowsContenders(false)) {
    await contender.run();
    const figures: RowsFigures[] = [];
    for (let round = 0; round < rounds; round++) figures.push(await contender.run());
    const medians = Object.keys(figures[0] ?? {}).map((name) => {
      const sorted = figures.map((figure) => figure[name] as number).sort((a, b) => a - b);
      return `${name} ${(sorted[rounds >> 1] as number).toPrecision(4)}`;
    });
    console.log(`${contender.name}: ${medians.join(', ')}`);
  }
}
