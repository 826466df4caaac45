import { type BodyProgress, startBody } from './body-progress.ts';
import { LineParser } from './line-parser.ts';
import type { ParserLimits } from './parser-limits.ts';
import { type SampleBody, type SampleOptions, sampleBodies, VALUES } from './parser-samples.ts';

/**
 * How fast line protocol is parsed, from a body to open blocks, everything checked. `bun wasm/parser.bench.ts` prints medians;
 * the bench harness takes `parserContenders`.
 */

/** Numbers of one run, by names that end in their unit. */
export type ParserFigures = Record<string, number>;

export interface ParserContender {
  readonly name: string;
  run(): Promise<ParserFigures>;
}

interface Workload extends SampleOptions {
  readonly name: string;
  readonly limits?: Partial<ParserLimits>;
}

const PARTITIONS = 8;
const BODY_BYTES = 1 << 20;
const HOSTS = 4_000;
const LINES = 200_000;
const LINES_QUICK = 8_000;
/** Bodies are parsed so often in one run: long enough for a figure, short enough to stay in a few caches. */
const TURNS = 3;

function workloads(lines: number): Workload[] {
  const steady = { hosts: HOSTS, lines, bodyBytes: BODY_BYTES };
  return [
    { ...steady, name: 'integers', value: VALUES.integers },
    { ...steady, name: 'decimals', value: VALUES.decimals },
    { ...steady, name: 'doubles of 17 digits', value: VALUES.doubles },
    { ...steady, name: 'five types', value: VALUES.mixed },
    { ...steady, name: 'integers, hosts in any order', value: VALUES.integers, shuffled: true },
    {
      ...steady,
      name: 'integers, every series new',
      value: VALUES.integers,
      hosts: lines,
      // A cache of half the hosts has forgotten each of them when its next line comes.
      limits: { seriesMax: lines / 2 },
    },
  ];
}

/** Contenders for the bench harness; `quick` makes them small. */
export async function parserContenders(quick: boolean): Promise<ParserContender[]> {
  return workloads(quick ? LINES_QUICK : LINES).map(parserContender);
}

/** A parser that has seen all of the bodies before: its series are confirmed, and its memory was touched. */
function parserContender(workload: Workload): ParserContender {
  const bodies = sampleBodies(workload);
  let warm: { parser: LineParser; database: number } | undefined;
  return {
    name: workload.name,
    run: async () => {
      warm ??= await warmUp(workload, bodies);
      const { parser, database } = warm;
      const startedUs = threadUs();
      for (let turn = 0; turn < TURNS; turn++) {
        for (const body of bodies) parseBody(parser, startProgress(database), body);
      }
      const us = threadUs() - startedUs;
      const bytes = sum(bodies, (body) => body.bytes.length) * TURNS;
      const lines = sum(bodies, (body) => body.lines) * TURNS;
      return { megabytesPerSecond: bytes / us, linesPerSecond: (lines / us) * 1e6 };
    },
  };
}

async function warmUp({ limits = {} }: Workload, bodies: readonly SampleBody[]) {
  const seed = new Uint8Array(16).fill(1);
  const parser = await LineParser.create({ seed, partitions: PARTITIONS, limits });
  const database = parser.database('bench');
  const [first] = bodies;
  if (first && parser.parse(first.bytes, startProgress(database)) === 'unknown-fields') {
    for (const field of parser.unknownFields()) {
      parser.defineFields(field.database, field.measurement, [field]);
    }
  }
  for (const body of bodies) parseBody(parser, startProgress(database), body);
  for (let partition = 0; partition < PARTITIONS; partition++) takeAll(parser, partition);
  return { parser, database };
}

/** Time that this thread was computing: what others do on the machine counts less. */
function threadUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function startProgress(database: number): BodyProgress {
  return startBody({ database, precision: 1n, nowNs: 0n, errorsMax: 1 });
}

function parseBody(parser: LineParser, progress: BodyProgress, body: SampleBody): void {
  while (parser.parse(body.bytes, progress) === 'full') takeAll(parser, parser.fullPartition());
  if (progress.accepted !== body.lines) throw new Error(`rejected ${progress.errors[0]?.message}`);
}

/** What ingress does, but for copying the blocks. */
function takeAll(parser: LineParser, partition: number): void {
  for (const { announced } of parser.take(partition)) {
    if (announced) parser.confirm(announced.fresh, announced.generation);
  }
  parser.reset(partition);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

if (import.meta.main) {
  const rounds = 7;
  const contenders = await parserContenders(false);
  const figures = new Map<string, ParserFigures[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      const figure = await run();
      if (round > 0) figures.set(name, [...(figures.get(name) ?? []), figure]);
    }
  }
  for (const [name, all] of figures) {
    const medians = Object.keys(all[0] ?? {}).map((key) => {
      const sorted = all.map((figure) => figure[key] as number).sort((a, b) => a - b);
      return `${key} ${Math.round(sorted[rounds >> 1] as number).toLocaleString('en')}`;
    });
    console.log(`${name}: ${medians.join(', ')}`);
  }
}
