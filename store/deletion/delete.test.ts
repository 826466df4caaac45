import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  createLogger,
  DEAD_STREAM,
  type DeleteEnd,
  type DeleteProgress,
  type DeleteQuestion,
  partitionOfSeries,
} from '@overseer/shared';
import { sealPartition } from '../partitions/sealing.ts';
import { askStore, listOf } from '../queries/testing/store-answer.ts';
import { askAdministration } from '../testing/administration-answer.ts';
import { blockOfPoints } from '../testing/blocks.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, type Point } from '../testing/test-ingress.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
});

afterAll(async () => {
  await pipeline?.stop();
});

/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const DAY = 86_400_000_000_000n;

const point = (measurement: string, host: string, timeNs: bigint, v = 1): Point => ({
  database: 'db',
  measurement,
  tags: { host },
  fields: { v: float(v) },
  timeNs,
});

const remove = (question: Partial<DeleteQuestion>) =>
  askAdministration<DeleteEnd, DeleteProgress>(pipeline.ingress.bus, 'delete', {
    db: 'db',
    tags: [],
    ...question,
  });

/** `host time value` of every row, times in nanoseconds behind T0. */
async function rows(measurement: string, database = 'db'): Promise<string[]> {
  await pipeline.settled();
  const [table] = await pipeline.database`
    SELECT id, has_ns FROM overseer.measurements WHERE name = ${measurement}`;
  const ns = table?.has_ns ? 'ns' : '0';
  const found = await pipeline.database.unsafe(`
    SELECT tags ->> 'host' AS host, v,
      (extract(epoch FROM time) * 1e9)::numeric(30) + ${ns} - ${T0} AS ns
    FROM "${database}"."${measurement}" ORDER BY host, ns`);
  return found.map((row) => `${row.host} ${row.ns} ${row.v}`);
}

async function hosts(measurement: string, db = 'db'): Promise<string[]> {
  const selectors = [`{__name__="${measurement}_v"}`];
  const request = { db, label: 'host', matches: selectors };
  return listOf(await askStore(pipeline.ingress.bus, 'values', request));
}

/** A block of one row that does not say which series it is. */
async function writeUnannounced(unannounced: Point): Promise<void> {
  const seriesId = pipeline.ingress.seriesId(unannounced);
  const block = blockOfPoints([{ point: unannounced, seriesId }], []);
  await pipeline.ingress.publish([block], partitionOfSeries(seriesId, pipeline.ingress.partitions));
}

const deadLetters = async () => (await pipeline.ingress.bus.stream(DEAD_STREAM))?.messages;

test('delete - a range of times, to the nanosecond, in every time partition that it touches', async () => {
  const times = [0n, 1n, 999n, 1000n, DAY, 2n * DAY, 40n * DAY];
  await pipeline.ingress.write(...times.map((ns) => point('range', 'a', T0 + ns)));
  // What was acknowledged before the question is deleted, stored or not.
  const { end, parts } = await remove({
    measurement: 'range',
    startNs: T0 + 1n,
    endNs: T0 + 2n * DAY,
  });
  expect(end).toEqual({ rows: 4, series: 0 });
  expect(await rows('range')).toEqual(['a 0 1', `a ${2n * DAY} 1`, `a ${40n * DAY} 1`]);
  const last = parts.at(-1);
  expect(last?.partitionsDone).toBe(last?.partitions as number);
  expect(last?.rows).toBe(4);
  // Late rows find their place again, whatever was deleted around them.
  await pipeline.ingress.write(point('range', 'a', T0 + 999n, 5), point('range', 'a', T0 + 1n, 6));
  expect((await rows('range')).slice(0, 3)).toEqual(['a 0 1', 'a 1 6', 'a 999 5']);
  expect(await hosts('range')).toEqual(['a']);
});

test('delete - by tags within a range, of all measurements, sealed or not', async () => {
  const names = ['one', 'two'];
  const all = names.flatMap((name) =>
    ['a', 'b', 'c'].flatMap((host) =>
      [0n, DAY].map((ns) => ({ ...point(name, host, T0 + ns), database: 'tags' })),
    ),
  );
  await pipeline.ingress.write(...all);
  await pipeline.settled();
  const [sealed] = await pipeline.database`
    SELECT p.name, m.has_ns AS "hasNs" FROM overseer.partitions p JOIN overseer.measurements m ON m.id = p.measurement_id
    WHERE m.name = 'one' ORDER BY from_s LIMIT 1`;
  const { name, hasNs } = sealed as { name: string; hasNs: boolean };
  const never = new AbortController().signal;
  await sealPartition(pipeline.database, { name, hasNs, bytes: 0 }, createLogger('test'), never);
  const question = { db: 'tags', tags: [['host', '=~', 'a|c']] as const, endNs: T0 + DAY };
  expect((await remove(question)).end).toEqual({ rows: 4, series: 0 });
  for (const name of names) {
    expect(await rows(name, 'tags')).toEqual([`a ${DAY} 1`, 'b 0 1', `b ${DAY} 1`, `c ${DAY} 1`]);
    expect(await hosts(name, 'tags')).toEqual(['a', 'b', 'c']);
  }
  // What is late goes on coming into the sealed one, and in the end it goes with the others.
  await pipeline.ingress.write({ ...point('one', 'a', T0, 2), database: 'tags' });
  expect((await rows('one', 'tags'))[0]).toBe('a 0 2');
  expect((await remove({ db: 'tags', measurement: 'one' })).end).toEqual({ rows: 5, series: 3 });
});

test('delete - without times the series go too, and come back with their points, announced or not', async () => {
  const [a, b, c] = ['a', 'b', 'c'] as const;
  await pipeline.ingress.write(...[a, b, c].map((host) => point('series', host, T0 + 5n)));
  await pipeline.settled();
  expect(await hosts('series')).toEqual([a, b, c]);
  const question = { measurement: 'series', tags: [['host', '!=', c]] as const };
  expect((await remove(question)).end).toEqual({ rows: 2, series: 2 });
  expect(await rows('series')).toEqual(['c 5 1']);
  expect(await hosts('series')).toEqual([c]);
  // At the same time as before, older and twice: each is one row.
  await pipeline.ingress.write(point('series', a, T0 + 5n, 2), point('series', a, T0 + 3n, 3));
  await writeUnannounced(point('series', b, T0 + 5n, 4));
  await writeUnannounced(point('series', b, T0 + 5n, 6));
  expect(await rows('series')).toEqual(['a 3 3', 'a 5 2', 'b 5 6', 'c 5 1']);
  expect(await hosts('series')).toEqual([a, b, c]);
  expect(await deadLetters()).toBe(0);
});

test('delete - of two stores each forgets, whoever owns the partition', async () => {
  const another = await pipeline.startAnother();
  try {
    const points = ['a', 'b', 'c', 'd', 'e', 'f'].map((host) => point('two stores', host, T0));
    await pipeline.ingress.write(...points);
    expect((await remove({ measurement: 'two stores' })).end).toEqual({ rows: 6, series: 6 });
    expect(await hosts('two stores')).toEqual([]);
    for (const each of points) await writeUnannounced(each);
    expect(await rows('two stores')).toHaveLength(6);
    await waitUntil(async () => (await hosts('two stores')).length === 6, {
      what: 'the series to be back',
      deadlineMs: 30_000,
    });
    expect(await deadLetters()).toBe(0);
  } finally {
    await another.stop();
  }
});

test('delete - while points come, what came after the answer is there once', async () => {
  let isStopped = false;
  let next = 0;
  const acknowledged: number[] = [];
  const writing = (async () => {
    while (!isStopped) {
      const value = next++;
      // The same few times again and again.
      await pipeline.ingress.write(point('busy', 'a', T0 + BigInt(value % 7), value));
      acknowledged.push(value);
    }
  })();
  const someMore = async () => {
    const enough = acknowledged.length + 50;
    await waitUntil(() => acknowledged.length >= enough, { what: 'writes', deadlineMs: 60_000 });
  };
  await someMore();
  for (let times = 0; times < 3; times++) {
    await remove({ measurement: 'busy' });
    await someMore();
  }
  isStopped = true;
  await writing;
  const last = acknowledged.slice(-7).sort((one, two) => (one % 7) - (two % 7));
  expect(await rows('busy')).toEqual(last.map((value) => `a ${value % 7} ${value}`));
  expect(await hosts('busy')).toEqual(['a']);
  expect(await deadLetters()).toBe(0);
});

test('delete - what is wrong with a question is told', async () => {
  const refused = (question: Partial<DeleteQuestion>) =>
    remove(question).then(
      () => 'nothing',
      (error: unknown) => String(error),
    );
  expect(await refused({ db: 'nowhere' })).toContain('no database "nowhere"');
  expect(await refused({ measurement: 'nothing' })).toContain('no measurement "nothing"');
  expect(await refused({ tags: [['host', '=~', '(']] })).toContain('"(" is no RE2 pattern');
});
