import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import type { ReadBudget, SampleBlock, Selection, StepGrid } from '../promql/mod.ts';
import { Random } from '../promql/testing/mod.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';

let stored: StoredPoints;

beforeAll(async () => {
  stored = await StoredPoints.start();
});

afterAll(async () => {
  await stored?.stop();
});

const T0_MS = Date.parse('2026-01-01T00:10:00Z');
const SEED = 20261123;
const NS_PER_MS = 1_000_000n;
const LOOKBACK_MS = 300_000;
const HOSTS = 14;

/** Points of hosts that send at intervals of their own, some of which stop, some fields of which come seldom; late ones among them. */
function drawPoints(random: Random, measurement: string): Point[] {
  const points: Point[] = [];
  for (let host = 0; host < HOSTS; host++) {
    const intervalMs = random.pick([1000, 10_000, 60_000, 200_000]);
    const endMs = random.once(3) ? random.integer(600_000) : 600_000;
    for (let ms = random.integer(intervalMs); ms < endMs; ms += intervalMs) {
      const value = float(random.integer(1000));
      const fields = random.once(5) ? { a: value, b: value } : { a: value };
      points.push({
        database: 'db',
        measurement,
        tags: { host: `host${host}` },
        fields: random.once(7) ? { b: value } : fields,
        // Now and then two within a millisecond.
        timeNs:
          BigInt(T0_MS + ms - random.integer(3)) * NS_PER_MS + BigInt(random.integer(3)) * 1000n,
      });
    }
  }
  const byKey = new Map(points.map((point) => [`${point.tags.host} ${point.timeNs}`, point]));
  const order = new Map([...byKey.keys()].map((key) => [key, random.fraction()]));
  const shuffled = [...byKey].sort(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  return shuffled.map(([, point]) => point);
}

interface Budget extends ReadBudget {
  samples: number;
}

const newBudget = (): Budget => ({
  signal: new AbortController().signal,
  samples: 0,
  spend(samples) {
    this.samples += samples;
  },
});

/** Of each series the newest sample of each step's lookback, by its labels. */
async function newestAtSteps(
  { labels }: Selection,
  blocks: AsyncIterable<SampleBlock>,
  { startMs, stepMs, count }: StepGrid,
): Promise<Record<string, string[]>> {
  const found: [string, string[]][] = [];
  for await (const { series, offsets, times, values } of blocks) {
    for (const [i, number] of series.entries()) {
      const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
      const newest = Array.from({ length: count }, (_, step) => {
        const untilMs = startMs + step * stepMs;
        const ofSeries = times.subarray(from, to);
        const place = ofSeries.findLastIndex((time) => time <= untilMs);
        const timeMs = ofSeries[place] ?? Number.NEGATIVE_INFINITY;
        return timeMs > untilMs - LOOKBACK_MS ? `${timeMs} ${values[from + place]}` : '';
      });
      if (newest.some((text) => text !== '')) {
        found.push([JSON.stringify(labels[number]), newest]);
      }
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const openSource = () => PostgresSeries.open(stored.database, createLogger('test'));

async function bothWays(selection: Selection, grid: StepGrid) {
  const { startMs, stepMs, count } = grid;
  const endMs = startMs + (count - 1) * stepMs;
  const ofAll = newBudget();
  const ofNewest = newBudget();
  const all = selection.read(startMs - LOOKBACK_MS, endMs, ofAll);
  const newest = selection.readNewest?.(grid, LOOKBACK_MS, ofNewest);
  if (!newest) throw new Error('it can only read all');
  return {
    all: await newestAtSteps(selection, all, grid),
    newest: await newestAtSteps(selection, newest, grid),
    samplesOfAll: ofAll.samples,
    samplesOfNewest: ofNewest.samples,
  };
}

test('newest samples - are those of reading everything, however often and regularly points come', async () => {
  const random = new Random(SEED);
  // Two that are read together.
  await stored.write(...drawPoints(random, 'drawn'), ...drawPoints(random, 'drawn_too'));
  const source = await openSource();
  let answers = 0;
  for (let i = 0; i < 60; i++) {
    const hosts = i % 3 === 0 ? 'host[0-4]' : 'host.*';
    const selection = await source.select('db', [
      { name: '__name__', op: '=~', value: i % 2 === 0 ? 'drawn_.*' : 'drawn_a' },
      { name: 'host', op: '=~', value: hosts },
    ]);
    const grid = {
      startMs: T0_MS + random.integer(1_000_000),
      stepMs: random.pick([0, 1000, 15_000, 400_000, 700_000]),
      count: 1 + random.integer(5),
    };
    const { all, newest, samplesOfAll, samplesOfNewest } = await bothWays(selection, grid);
    expect(newest).toEqual(all);
    expect(samplesOfNewest).toBeLessThan(1.5 * samplesOfAll + 100);
    answers += Object.keys(all).length;
  }
  expect(answers).toBeGreaterThan(200);
});

test('newest samples - are most of what is read, once it is known how often points come', async () => {
  const points = Array.from({ length: 3 }, (_, host) =>
    Array.from({ length: 600 }, (_, second) => ({
      database: 'db',
      measurement: 'regular',
      tags: { host: `host${host}` },
      fields: { value: float(second) },
      timeNs: BigInt(T0_MS + second * 1000) * NS_PER_MS,
    })),
  ).flat();
  await stored.write(...points);
  const selection = await (await openSource()).select('db', [
    { name: '__name__', op: '=', value: 'regular' },
  ]);
  const grid = { startMs: T0_MS + 599_500, stepMs: 1, count: 1 };
  const counts: number[] = [];
  for (let i = 0; i < 6; i++) {
    const { all, newest, samplesOfAll, samplesOfNewest } = await bothWays(selection, grid);
    expect(newest).toEqual(all);
    expect(samplesOfAll).toBe(3 * 300);
    counts.push(samplesOfNewest);
  }
  expect(counts[0]).toBeLessThan(3 * 50);
  expect(counts.at(-1)).toBeLessThan(3 * 5);
  const late = { ...grid, startMs: T0_MS + 599_000 + 200_000 };
  for (let i = 0; i < 10; i++) {
    const { all, newest } = await bothWays(selection, late);
    expect(Object.keys(all)).toHaveLength(3);
    expect(newest).toEqual(all);
  }
});

test('newest samples - of steps far apart are read without what lies between', async () => {
  const minute = 60_000;
  const points = Array.from({ length: 600 }, (_, i) => ({
    database: 'db',
    measurement: 'long',
    tags: { host: 'a' },
    fields: { value: float(i) },
    timeNs: BigInt(T0_MS + i * minute) * NS_PER_MS,
  }));
  await stored.write(...points);
  const selection = await (await openSource()).select('db', [
    { name: '__name__', op: '=', value: 'long' },
  ]);
  const grid = { startMs: T0_MS, stepMs: 10 * minute, count: 60 };
  const { all, newest, samplesOfAll, samplesOfNewest } = await bothWays(selection, grid);
  expect(newest).toEqual(all);
  expect(samplesOfAll).toBe(591);
  expect(samplesOfNewest).toBe(59 * 5 + 1);
});
