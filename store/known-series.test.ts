import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  askToEnd,
  CONTROL_BUCKET,
  decodeSeriesIds,
  decodeWatermark,
  encodeSeriesIds,
  KNOWN_SERIES_MAX,
  KNOWN_SERIES_SUBJECT,
  type KnownSeriesEnd,
  watermarkKey,
} from '@overseer/shared';
import { type Pipeline, startPipeline } from './testing/pipeline.ts';
import { float, type Point } from './testing/test-ingress.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
});

afterAll(async () => {
  await pipeline?.stop();
});

const points = (database: string, count: number): Point[] =>
  Array.from({ length: count }, (_, i) => ({
    database,
    measurement: 'm',
    tags: { host: `h${i}` },
    fields: { f: float(1) },
    timeNs: 1n,
  }));

async function question(ids: Uint8Array): Promise<bigint[]> {
  const { bus } = pipeline.ingress;
  const { known } = await askToEnd<KnownSeriesEnd>(bus, KNOWN_SERIES_SUBJECT, { ids });
  return decodeSeriesIds(known);
}

/** Series by database, summed over the watermarks of all partitions. */
async function counted(): Promise<Record<string, number>> {
  const control = await pipeline.ingress.bus.bucket(CONTROL_BUCKET);
  const sums: Record<string, number> = {};
  for (let partition = 0; partition < pipeline.ingress.partitions; partition++) {
    const entry = await control.get(watermarkKey(partition));
    if (!entry?.value) continue;
    for (const [database, count] of decodeWatermark(entry.value).series ?? []) {
      sums[database] = (sums[database] ?? 0) + count;
    }
  }
  return sums;
}

function untilCounted(expected: Record<string, number>): Promise<true> {
  return waitUntil(async () => Bun.deepEquals(await counted(), expected), {
    what: `the watermarks to count ${JSON.stringify(expected)}`,
    deadlineMs: DEADLINE_MS,
  });
}

test('known series - those that are registered, and no others', async () => {
  await pipeline.ingress.write(...points('db', 3));
  await pipeline.settled();
  const ids = points('db', 6).map((point) => pipeline.ingress.seriesId(point));
  expect((await question(encodeSeriesIds(ids))).sort()).toEqual(ids.slice(0, 3).sort());
  expect(await question(encodeSeriesIds([]))).toEqual([]);
});

test('known series - what is no list of ids, or too long a one, is refused', async () => {
  for (const ids of [new Uint8Array(7), new Uint8Array(8 * KNOWN_SERIES_MAX + 8)]) {
    const refused = await question(ids).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ kind: 'bad_data' });
  }
});

test('series counts - the watermarks tell how many each database has, after a restart too', async () => {
  await pipeline.ingress.write(...points('counted', 20), ...points('more', 5));
  await pipeline.ingress.write(...points('counted', 30));
  await untilCounted({ db: 3, counted: 30, more: 5 });
  await pipeline.store.restart();
  await pipeline.ingress.write(...points('more', 6));
  await untilCounted({ db: 3, counted: 30, more: 6 });
});
