import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type Service, startService, waitUntil } from '@overseer/local/testing';
import {
  administrationSubject,
  askToEnd,
  type Bus,
  connectBus,
  createLogger,
  DEAD_STREAM,
  type DropEnd,
} from '@overseer/shared';
import { WholePipeline } from './testing/whole-pipeline.ts';

setDefaultTimeout(120_000);

/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const DEADLINE_MS = 60_000;
const WRITERS = 4;
const HOSTS = 20;
const DROPS = 4;
/** Lines that each writer writes between two drops. */
const BODIES_BETWEEN_DROPS = 10;

let pipeline: WholePipeline;
let other: Service;
let anotherStore: Service;
let bus: Bus;

beforeAll(async () => {
  const environment = { DROP_DATABASE: 'on', INGRESS_WORKERS: '1', PARTITIONS: '4' };
  pipeline = await WholePipeline.start(environment);
  const { environment: settings } = pipeline;
  [other, anotherStore] = await Promise.all([
    startService('ingress', settings),
    startService('store', settings),
  ]);
  bus = await connectBus({ url: pipeline.nats.url, name: 'test', log: createLogger('test') });
});

afterAll(async () => {
  await bus?.close();
  await Promise.all([other?.stop(), anotherStore?.stop()]);
  await pipeline?.[Symbol.asyncDispose]();
});

async function query(url: string, q: string, db = ''): Promise<unknown> {
  const parameters = new URLSearchParams({ q, db });
  const response = await fetch(`${url}/query?${parameters}`, { method: 'POST' });
  expect(response.status).toBe(200);
  return await response.json();
}

/** As clients do it: what can't be taken now is sent again. */
async function write(url: string, database: string, body: string): Promise<void> {
  const isTaken = async () => {
    const response = await fetch(`${url}/write?db=${database}`, { method: 'POST', body });
    const text = await response.text();
    if (response.status !== 503) expect([response.status, text]).toEqual([204, '']);
    return response.status === 204;
  };
  await waitUntil(isTaken, { what: 'the points to be taken', deadlineMs: DEADLINE_MS });
}

const drop = (db: string, measurement?: string): Promise<DropEnd> =>
  askToEnd(bus, administrationSubject('drop'), { db, measurement });

const deadLetters = async () => (await bus.stream(DEAD_STREAM))?.messages;

test('drop database - what is written next has types of its own, through either ingress', async () => {
  const done = { results: [{ statement_id: 0 }] };
  await write(pipeline.url, 'types', `m,host=a x=1i ${T0}`);
  await write(other.url, 'types', `m,host=b x=2i ${T0}`);
  await pipeline.rows('types', 'm', 2);
  expect(await query(pipeline.url, 'DROP DATABASE "types"')).toEqual(done);
  await write(pipeline.url, 'types', `m,host=a x="text" ${T0}`);
  await write(other.url, 'types', `m,host=b x="other text" ${T0}`);
  const rows = await pipeline.rows('types', 'm', 2);
  expect(rows.map(({ x }) => x).sort()).toEqual(['other text', 'text']);

  expect(await query(pipeline.url, 'DROP DATABASE types')).toEqual(done);
  await write(other.url, 'types', `m,host=a x=1.5 ${T0}`);
  expect((await pipeline.rows('types', 'm', 1)).map(({ x }) => x)).toEqual(['1.5']);

  expect(await query(other.url, 'DROP DATABASE types')).toEqual(done);
  expect(await query(other.url, 'CREATE DATABASE types')).toEqual(done);
  await write(pipeline.url, 'types', `m,host=a x=true ${T0}`);
  expect((await pipeline.rows('types', 'm', 1)).map(({ x }) => x)).toEqual(['true']);
  expect(await query(pipeline.url, 'DROP DATABASE nowhere')).toEqual(done);
  expect(await deadLetters()).toBe(0);
});

test('drop measurement - the others of the database stay, its name is free for other types', async () => {
  const done = { results: [{ statement_id: 0 }] };
  await write(pipeline.url, 'some', `gone,host=a x=1i ${T0}\nkept,host=a x=1i ${T0}`);
  await pipeline.rows('some', 'gone', 1);
  expect(await query(other.url, 'DROP MEASUREMENT gone', 'some')).toEqual(done);
  await write(pipeline.url, 'some', `gone,host=a x="text" ${T0}`);
  expect((await pipeline.rows('some', 'gone', 1)).map(({ x }) => x)).toEqual(['text']);
  expect((await pipeline.rows('some', 'kept', 1)).map(({ x }) => x)).toEqual(['1']);
  expect(await query(pipeline.url, 'DROP MEASUREMENT "nothing"', 'some')).toEqual(done);
  expect(await deadLetters()).toBe(0);
});

test('drop - while many write through two ingresses, what is acknowledged after its answer is there, and nothing from before', async () => {
  const urls = [pipeline.url, other.url];
  /** Of lines that were acknowledged, by their number. */
  const written = new Map<number, { begun: number; ended: number }>();
  let next = 0;
  let isStopped = false;
  let bodies = 0;
  const writer = async (url: string) => {
    while (!isStopped) {
      const numbers = Array.from({ length: HOSTS }, () => next++);
      const lines = numbers.map(
        (n, i) => `busy,host=h${i} n=${n}i,f${n % 3}=1 ${T0 + BigInt(n) * 1_000_000n}`,
      );
      const begun = performance.now();
      await write(url, 'full', lines.join('\n'));
      const ended = performance.now();
      for (const n of numbers) written.set(n, { begun, ended });
      bodies++;
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, i) => writer(urls[i % 2] as string));
  const failed = Promise.race(writers);
  const someBodies = async () => {
    const enough = bodies + WRITERS * BODIES_BETWEEN_DROPS;
    const written = waitUntil(() => bodies >= enough, {
      what: 'the writers to go on',
      deadlineMs: DEADLINE_MS,
    });
    await Promise.race([failed, written]);
  };
  let asked = 0;
  let answered = 0;
  for (let i = 0; i < DROPS; i++) {
    await someBodies();
    asked = performance.now();
    await drop('full', i % 2 === 0 ? 'busy' : undefined);
    answered = performance.now();
  }
  await someBodies();
  isStopped = true;
  await Promise.all(writers);
  const all = [...written];
  const needed = all.filter(([, { begun }]) => begun > answered).map(([n]) => n);
  const gone = all.filter(([, { ended }]) => ended < asked).map(([n]) => n);
  expect(needed.length).toBeGreaterThan(0);
  expect(gone.length).toBeGreaterThan(0);
  const stored = await pipeline.settledValues('full', 'busy', 'n');
  expect(stored.length).toBe(new Set(stored).size);
  const found = new Set(stored);
  expect(needed.filter((n) => !found.has(n))).toEqual([]);
  expect(gone.filter((n) => found.has(n))).toEqual([]);
  expect(await deadLetters()).toBe(0);
});
