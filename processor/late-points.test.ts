import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandLine, temporaryFolder, waitUntil } from '@overseer/local/testing';
import {
  type AdministrationKind,
  administrationSubject,
  askToEnd,
  DEAD_STREAM,
  letterHeaders,
  letterSubject,
  POINTS_STREAM,
  pointsSubject,
  type ReplayEnd,
  type StreamMessage,
  type Update,
} from '@overseer/shared';
import { SQL } from 'bun';
import { Pipeline } from './testing/pipeline.ts';

/** Points of the past are told too, whatever way they come; behind the real door and store. */

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
const NS_PER_MS = 1_000_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await Pipeline.start();
});

afterAll(() => pipeline?.[Symbol.asyncDispose]());

const write = (...lines: readonly string[]) => pipeline.write('db', ...lines);
const line = (measurement: string, timeMs: number, fields = 'value=1') =>
  `${measurement},host=a ${fields} ${timeMs * NS_PER_MS}`;

function ask<End>(kind: AdministrationKind, request: object): Promise<End> {
  return askToEnd<End>(pipeline.listener.bus, administrationSubject(kind), request);
}

/** What is told of a measurement from now on. */
function since(measurement: string): () => Update[] {
  const told = pipeline.listener.of(measurement).length;
  return () => pipeline.listener.of(measurement).slice(told);
}

const covers = (updates: readonly Update[], timeMs: number) =>
  updates.some(({ ranges }) => ranges.some(([fromMs, toMs]) => fromMs <= timeMs && timeMs <= toMs));

function untilCovered(told: () => Update[], timeMs: number): Promise<unknown> {
  return waitUntil(() => covers(told(), timeMs), {
    what: 'the range to be told',
    deadlineMs: DEADLINE_MS,
  });
}

/** How much time the ranges cover, all together. */
const coveredMs = (updates: readonly Update[]) =>
  updates.flatMap(({ ranges }) => ranges).reduce((sum, [fromMs, toMs]) => sum + (toMs - fromMs), 0);

test('late points - one behind the newest of its series is told with its time, and counted as late', async () => {
  const nowMs = Date.now();
  await write(line('late', nowMs));
  await pipeline.listener.untilRows('late', 1);
  const told = since('late');
  await write(line('late', nowMs - 10 * HOUR_MS));
  await pipeline.listener.untilRows('late', 2);
  const timeMs = nowMs - 10 * HOUR_MS;
  expect(told()).toMatchObject([
    { ranges: [[timeMs, timeMs]], rows: 1, lateRows: 1, seriesMin: 1, seriesMax: 1 },
  ]);
});

test('late points - a year that comes with what is now has its own ranges, and not what lies between', async () => {
  const nowMs = Date.now();
  const beginMs = nowMs - 2 * YEAR_MS;
  const past = Array.from({ length: 365 }, (_, day) => line('year', beginMs + day * 24 * HOUR_MS));
  await write(...past, line('year', nowMs), line('year,rack=1', nowMs));
  await pipeline.listener.untilRows('year', 367);
  const updates = pipeline.listener.of('year');
  expect(covers(updates, beginMs)).toBe(true);
  expect(covers(updates, beginMs + 364 * 24 * HOUR_MS)).toBe(true);
  expect(covers(updates, nowMs)).toBe(true);
  expect(covers(updates, nowMs - HOUR_MS)).toBe(false);
  expect(covers(updates, nowMs - YEAR_MS / 2)).toBe(false);
  expect(coveredMs(updates)).toBeLessThan(YEAR_MS);
  for (const { seriesMin, seriesMax } of updates) {
    expect(seriesMin).toBeWithin(1, 3);
    expect(seriesMax).toBeGreaterThanOrEqual(seriesMin);
  }
});

test('late points - of a file that is imported are told', async () => {
  const beginMs = Date.now() - YEAR_MS;
  const lines = Array.from({ length: 1000 }, (_, i) => line('imported', beginMs + i * 60_000));
  const folder = temporaryFolder();
  try {
    const file = join(folder, 'points.lp');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const args = ['import', '--db', 'db', '--url', pipeline.ingress.url, file];
    const environment = { DATA_DIR: folder };
    expect(await runCommandLine(args, { environment })).toMatchObject({ exitCode: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
  await pipeline.listener.untilRows('imported', 1000);
  const updates = pipeline.listener.of('imported');
  expect([covers(updates, beginMs), covers(updates, beginMs + 999 * 60_000)]).toEqual([true, true]);
  expect(coveredMs(updates)).toBeLessThan(24 * HOUR_MS);
});

test('late points - that waited for a reader of their table are told when they are stored', async () => {
  const nowMs = Date.now();
  await write(line('parked', nowMs));
  await pipeline.listener.untilRows('parked', 1);
  const reader = new SQL(pipeline.postgres.url, { max: 1 });
  try {
    await reader.unsafe('BEGIN');
    await reader.unsafe('SELECT count(*) FROM db.parked');
    // A new field, which the table can't get while it is read; what comes behind it waits too.
    await write(line('parked', nowMs - HOUR_MS, 'other=1'));
    await write(line('parked', nowMs - 2 * HOUR_MS));
    await write(line('behind', nowMs));
    await pipeline.listener.untilRows('behind', 1);
    expect(pipeline.listener.rows('parked')).toBe(1);
    await reader.unsafe('COMMIT');
  } finally {
    await reader.end();
  }
  await pipeline.listener.untilRows('parked', 3);
  const updates = pipeline.listener.of('parked');
  expect(covers(updates, nowMs - HOUR_MS)).toBe(true);
  expect(covers(updates, nowMs - 2 * HOUR_MS)).toBe(true);
});

test('late points - of dead letters that are replayed are told', async () => {
  const timeMs = Date.now() - 5 * HOUR_MS;
  const { message, stream, partition } = await messageOf(() => write(line('letter', timeMs)));
  await pipeline.listener.untilRows('letter', 1);
  const time = new Date().toISOString();
  const origin = { stream, sequence: message.sequence, block: 0, part: '' };
  const letter = {
    ...origin,
    kind: 'limit',
    error: 'a test',
    tries: 1,
    firstSeen: time,
    lastSeen: time,
  } as const;
  const subject = letterSubject(partition, 'limit', origin);
  const { bus } = pipeline.listener;
  expect(await bus.stream(DEAD_STREAM)).toBeDefined();
  await bus.publish(subject, message.payload, letterHeaders(letter));
  const told = since('letter');
  expect(await ask<ReplayEnd>('dead.replay', {})).toMatchObject({ replayed: 1 });
  await untilCovered(told, timeMs);
  expect(told()).toMatchObject([{ rows: 1, lateRows: 1 }]);
});

test('late points - that are deleted are told, and a measurement that is dropped', async () => {
  const nowMs = Date.now();
  await write(line('deleted', nowMs), line('deleted', nowMs - HOUR_MS));
  await pipeline.listener.untilRows('deleted', 2);
  const told = since('deleted');
  const startNs = BigInt(nowMs - HOUR_MS) * BigInt(NS_PER_MS);
  const range = { startNs, endNs: startNs + BigInt(NS_PER_MS) };
  await ask('delete', { db: 'db', measurement: 'deleted', tags: [], ...range });
  await untilCovered(told, nowMs - HOUR_MS);
  expect(told()).toMatchObject([
    { deleted: true, rows: 0, ranges: [[nowMs - HOUR_MS, nowMs - HOUR_MS + 1]] },
  ]);
  await ask('drop', { db: 'db', measurement: 'deleted' });
  await untilCovered(told, 0);
  expect(told().at(-1)).toMatchObject({ deleted: true, rows: 0, fieldsNew: true });
});

/** The message that a write becomes in the stream of points, and where it was. */
async function messageOf(writing: () => Promise<void>) {
  const { bus } = pipeline.listener;
  const state = await bus.stream(POINTS_STREAM);
  if (!state) throw new Error('there are no points');
  const { promise, resolve } = Promise.withResolvers<{
    message: StreamMessage;
    partition: number;
  }>();
  const reading = new AbortController();
  const read = async (partition: number) => {
    const source = {
      stream: POINTS_STREAM,
      subject: pointsSubject(partition),
      created: state.created,
      position: state.lastSequence,
      messagesMax: 8,
    };
    for await (const message of bus.read(source, reading.signal)) resolve({ message, partition });
  };
  const readers = [0, 1].map(read);
  await writing();
  const found = await promise;
  reading.abort();
  await Promise.all(readers);
  return { ...found, stream: state.created };
}
