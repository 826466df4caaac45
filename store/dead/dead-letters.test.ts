import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  administrationSubject,
  askToEnd,
  DEAD_STREAM,
  type DeadLetter,
  decodeBatch,
  encodeSeriesIds,
  partitionOfSeries,
  readLetter,
  readLetters,
  type StoredMessage,
} from '@overseer/shared';
import type { Pipeline } from '../testing/pipeline.ts';
import { pipelineOfTest } from '../testing/pipeline-of-test.ts';
import { float, integer, type Point, string } from '../testing/test-ingress.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 60_000;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;

const start = pipelineOfTest();

function point(second: number, value: Point['fields'][string], host = 'a'): Point {
  const timeNs = T0 + BigInt(second) * 1_000_000_000n;
  return { database: 'db', measurement: 'm', tags: { host }, fields: { f: value }, timeNs };
}

async function letters({ ingress }: Pipeline): Promise<StoredMessage[]> {
  const all: StoredMessage[] = [];
  const last = (await ingress.bus.stream(DEAD_STREAM))?.lastSequence ?? 0;
  for await (const letter of readLetters(ingress.bus, 1, last)) all.push(letter);
  return all;
}

async function only(running: Pipeline): Promise<DeadLetter & { sequenceInDead: number }> {
  const all = await letters(running);
  expect(all).toHaveLength(1);
  const [letter] = all as [StoredMessage];
  return { ...readLetter(letter.headers), sequenceInDead: letter.sequence };
}

async function end(running: Pipeline, kind: 'dead.replay' | 'series', question: object) {
  const subject = administrationSubject(kind);
  return askToEnd<Record<string, unknown>>(running.ingress.bus, subject, question);
}

async function metric({ store }: Pipeline, line: RegExp): Promise<number | undefined> {
  const text = await (await fetch(`${store.url}/metrics`)).text();
  const value = text.split('\n').find((candidate) => line.test(candidate));
  return value === undefined ? undefined : Number(value.split(' ').at(-1));
}

async function values({ database }: Pipeline): Promise<unknown[]> {
  return (await database`SELECT f FROM db.m ORDER BY time`).map((row) => row.f);
}

test('dead letters - a replay that dies again raises the tries and keeps when it was first seen', async () => {
  const running = await start();
  await running.ingress.write(point(0, float(1)));
  await running.settled();
  await running.ingress.write(point(1, integer(7n)));
  await running.settled();
  const first = await only(running);
  expect(first).toMatchObject({ kind: 'type', tries: 1, firstSeen: first.lastSeen });
  for (const tries of [2, 3]) {
    const { sequenceInDead } = await only(running);
    expect(await end(running, 'dead.replay', { sequences: [sequenceInDead] })).toEqual({
      replayed: 1,
    });
    await running.settled();
    const again = await only(running);
    expect(again).toMatchObject({ kind: 'type', tries, firstSeen: first.firstSeen });
    expect(again.lastSeen > first.lastSeen).toBe(true);
  }
  expect(await end(running, 'dead.replay', { sequences: [1] })).toEqual({ replayed: 0 });
});

test('dead letters - what can be stored meanwhile is stored by a replay, after everything else', async () => {
  const running = await start();
  const { ingress, database } = running;
  await ingress.write(point(0, float(1)));
  await running.settled();
  await database`ALTER TABLE points.m1 ADD CONSTRAINT small CHECK (f1 < 100)`;
  await ingress.write(point(1, float(1000)), point(2, float(2)));
  await running.settled();
  expect(await values(running)).toEqual([1, 2]);
  await ingress.write(point(1, float(3)));
  await database`ALTER TABLE points.m1 DROP CONSTRAINT small`;
  await running.settled();
  expect(await end(running, 'dead.replay', {})).toEqual({ replayed: 1 });
  await running.settled();
  expect(await letters(running)).toEqual([]);
  expect(await values(running)).toEqual([1, 1000, 2]);
});

test('dead letters - a group that is taken apart counts and keeps each block once', async () => {
  const running = await start();
  const { ingress } = running;
  await ingress.write(point(0, float(1)));
  await running.settled();
  const good = point(1, float(1));
  const wide = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`w${i}`, float(Math.random())]),
  );
  await ingress.publish(
    [
      ingress.block({ ...good, measurement: 'wide', fields: wide }),
      ingress.block(point(2, string('of another type'))),
      ingress.block(good),
    ],
    partitionOfSeries(ingress.seriesId(good), ingress.partitions),
  );
  await running.settled();
  expect(await values(running)).toEqual([1, 1]);
  const kinds = (await letters(running)).map(({ headers }) => readLetter(headers).kind);
  expect(kinds.toSorted()).toEqual(['postgres', 'type']);
  expect(await metric(running, /dead_blocks_total\{.*kind="type"/)).toBe(1);
  expect(await metric(running, /dead_blocks_total\{.*kind="postgres"/)).toBe(1);
});

test('dead letters - a block that is buried again after a crash is one letter, however late', async () => {
  const running = await start();
  const { ingress, database, store } = running;
  await ingress.write(point(0, float(1)));
  await running.settled();
  const [sequence] = await ingress.write(point(1, integer(7n)));
  await running.settled();
  const before = await only(running);
  await store.kill('SIGKILL');
  // As if the store had died between the letter and the commit.
  await database`UPDATE overseer.progress SET seq = ${Number(sequence) - 1} WHERE seq = ${sequence as number}`;
  await store.restart();
  await running.settled();
  expect(await only(running)).toEqual(before);
});

test('dead letters - a full stream makes its partition wait, and room lets it go on', async () => {
  const running = await start({ DEAD_BYTES_MAX: '1MiB' });
  const { ingress, store } = running;
  const hosts = Array.from({ length: 64 }, (_, i) => `h${i}`);
  const hostOf = (partition: number) =>
    hosts.find((host) => {
      const id = ingress.seriesId(point(0, float(1), host));
      return partitionOfSeries(id, ingress.partitions) === partition;
    }) as string;
  const [poisoned, healthy] = [hostOf(0), hostOf(1)];
  await ingress.write(point(0, float(1), poisoned), point(0, float(1), healthy));
  await running.settled();
  const large = string('x'.repeat(300_000));
  for (let second = 1; second <= 6; second++) {
    await ingress.write(point(second, large, poisoned));
  }
  await ingress.write(point(7, float(7), poisoned));
  await waitUntil(() => metric(running, /dead_letters_full\{.*partition="0"/), {
    what: 'the metric to say that partition 0 waits',
    deadlineMs: DEADLINE_MS,
  });
  expect(store.lines.some((line) => line.includes('the stream of dead letters is full'))).toBe(
    true,
  );
  await ingress.write(point(8, float(8), healthy));
  await waitUntil(async () => (await values(running)).includes(8), {
    what: 'the other partition to go on',
    deadlineMs: DEADLINE_MS,
  });
  expect(await values(running)).toEqual([1, 1, 8]);
  let dropped = 0;
  await waitUntil(
    async () => {
      for (const { sequence } of await letters(running)) {
        if (await ingress.bus.deleteMessage(DEAD_STREAM, sequence)) dropped++;
      }
      return (await values(running)).includes(7);
    },
    { what: 'the partition to go on', deadlineMs: DEADLINE_MS },
  );
  await running.settled();
  // One that is dropped before its transaction was committed may come once more.
  expect(dropped + (await letters(running)).length).toBeGreaterThanOrEqual(6);
  expect(await metric(running, /dead_letters_full\{.*partition="0"/)).toBeUndefined();
});

test('dead letters - the store names the series of a block', async () => {
  const running = await start();
  const { ingress } = running;
  await ingress.write(point(0, float(1)));
  await running.settled();
  const id = ingress.seriesId(point(0, float(1)));
  expect(await end(running, 'series', { ids: encodeSeriesIds([id, 5n]) })).toEqual({
    series: [
      {
        id: id.toString(16).padStart(16, '0'),
        db: 'db',
        measurement: 'm',
        tags: { host: 'a' },
      },
    ],
  });
});

test('dead letters - what was never a batch is replayed as it came', async () => {
  const running = await start();
  const { ingress } = running;
  await ingress.bus.publish('points.1', new TextEncoder().encode('no batch'));
  await running.settled();
  await end(running, 'dead.replay', {});
  await running.settled();
  expect(await only(running)).toMatchObject({ kind: 'unreadable', tries: 2 });
  const [letter] = await letters(running);
  expect(new TextDecoder().decode(letter?.payload)).toBe('no batch');
  expect(() => decodeBatch(letter?.payload as Uint8Array)).toThrow();
});
