import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { type NatsServer, startNats } from '@overseer/local/testing';
import { BATCH_BYTES_MAX, encodeBatch, partitionOfSeries } from '@overseer/shared';
import { announcedTags, pointsOf, type StoredPoint } from './testing/points.ts';
import { RunningIngress } from './testing/running-ingress.ts';
import { TestStore } from './testing/test-store.ts';

setDefaultTimeout(60_000);

/** Long enough that requests sent together share batches, whatever else the machine does. */
const COALESCE_MS = 100;

let nats: NatsServer;
let store: TestStore;
let ingress: RunningIngress;
/** Each test writes to a measurement of its own. */
let measurement = '';
let tests = 0;

beforeAll(async () => {
  nats = await startNats();
  store = await TestStore.connect(nats.url);
  await store.prepare();
  ingress = await RunningIngress.startReady(nats.url, { COALESCE_MS: `${COALESCE_MS}` });
});

afterAll(async () => {
  await ingress?.stop();
  await store?.close();
  await nats?.stop();
});

beforeEach(() => {
  measurement = `m${++tests}`;
});

/** Points of the test's measurement in the stream, by time. */
async function storedPoints(): Promise<StoredPoint[]> {
  const batches = (await store.batches()).map(({ batch }) => batch);
  return pointsOf(batches)
    .filter((point) => point.measurement === measurement)
    .sort((a, b) => Number(a.timeNs - b.timeNs));
}

test('write - what was answered 204 is in the stream, exact in type, value and time', async () => {
  const body = [
    `${measurement},host=a f=0.1,z=-0,i=-9223372036854775808i,u=18446744073709551615u,b=t,s="ü \\"q\\"" 1`,
    `${measurement},host=a f=1e300,i=9223372036854775807i 2`,
    `${measurement} f=5e-324 -3`,
  ].join('\n');
  const response = await ingress.write(body);
  expect([response.status, await response.text()]).toEqual([204, '']);
  const points = await storedPoints();
  expect(points.map(({ timeNs, fields }) => [timeNs, fields])).toEqual([
    [-3n, { f: 5e-324 }],
    [
      1n,
      {
        f: 0.1,
        z: -0,
        i: -(2n ** 63n),
        u: 2n ** 64n - 1n,
        b: true,
        s: 'ü "q"',
      },
    ],
    [2n, { f: 1e300, i: 2n ** 63n - 1n }],
  ]);
  expect(points.every((point) => point.database === 'test')).toBe(true);
  expect(points[1]?.series).toBe(points[2]?.series as bigint);
});

test('write - a batch holds series of its partition only, and announces their tags', async () => {
  const lines = Array.from({ length: 50 }, (_, i) => `${measurement},host=h${i} f=1 1`);
  await ingress.write(lines.join('\n'));
  const tags = new Map<bigint, string>();
  for (const { partition, batch } of await store.batches()) {
    for (const { series } of pointsOf([batch])) {
      expect(partitionOfSeries(series, 2)).toBe(partition);
    }
    for (const [series, text] of announcedTags([batch])) tags.set(series, text);
  }
  const written = (await storedPoints()).map(({ series }) => tags.get(series));
  expect(written.sort()).toEqual(lines.map((_, i) => `host=h${i}`).sort());
});

test('write - bad lines are reported with their numbers, the good ones are stored', async () => {
  const body = `${measurement} f=1 1\n${measurement} f= 2\n\n# comment\n${measurement} f=4 4\n${measurement} 5`;
  const response = await ingress.write(body);
  const answer = await response.json();
  expect(response.status).toBe(400);
  expect(answer).toMatchObject({
    error: expect.stringMatching(/^partial write: .*\(line 2\) and 1 more dropped=2$/),
    accepted: 2,
    dropped: 2,
    lines: [
      { line: 2, text: `${measurement} f= 2` },
      { line: 6, text: `${measurement} 5` },
    ],
  });
  expect((await storedPoints()).map(({ timeNs }) => timeNs)).toEqual([1n, 4n]);
});

test('write - requests that share a batch have each their own answer', async () => {
  const before = (await store.batches()).length;
  const [bad, good] = await Promise.all([
    ingress.write(`${measurement} f=1 1\n${measurement} f=x 2`),
    ingress.write(`${measurement} f=3 3`),
  ]);
  expect([bad.status, good.status]).toEqual([400, 204]);
  expect(await bad.json()).toMatchObject({ dropped: 1, lines: [{ line: 2 }] });
  expect((await storedPoints()).map(({ timeNs }) => timeNs)).toEqual([1n, 3n]);
  expect((await store.batches()).length).toBe(before + 1);
});

test('write - a body of bad lines only stores nothing', async () => {
  const response = await ingress.write(`${measurement}\n${measurement} f`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ accepted: 0, dropped: 2 });
  expect(await storedPoints()).toEqual([]);
});

test('write - more bad lines than an answer lists are still counted', async () => {
  const response = await ingress.write(`${measurement} bad\n`.repeat(1000));
  const answer = (await response.json()) as { dropped: number; lines: { line: number }[] };
  expect(answer.dropped).toBe(1000);
  expect(answer.lines.map(({ line }) => line)).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test('write - nothing to write is fine', async () => {
  for (const body of ['', '\n\n', '# only a comment']) {
    expect((await ingress.write(body)).status).toBe(204);
  }
});

test('write - timestamps count in the precision, and the time is now without one', async () => {
  await ingress.write(`${measurement} f=1 7`, '&precision=ms');
  const startedAtMs = Date.now();
  await ingress.write(`${measurement} f=2`);
  await ingress.write(`${measurement} f=3`, '&precision=h');
  const [first, hour, now] = await storedPoints();
  expect(first?.timeNs).toBe(7_000_000n);
  expect(Number(now?.timeNs) / 1e6).toBeWithin(startedAtMs - 5, Date.now() + 5);
  expect((hour?.timeNs ?? 1n) % 3_600_000_000_000n).toBe(0n);
});

test('write - two points without time are two points', async () => {
  await Promise.all([ingress.write(`${measurement} f=1`), ingress.write(`${measurement} f=2`)]);
  const times = (await storedPoints()).map(({ timeNs }) => timeNs);
  expect(new Set(times).size).toBe(2);
});

test('write - a big body is split into batches, and none of its lines gets lost or a wrong number', async () => {
  const count = 40_000;
  const badLine = 31_234;
  const lines = Array.from({ length: count }, (_, i) =>
    i + 1 === badLine
      ? `${measurement} oops`
      : `${measurement},host=h${i % 100},padding=${'x'.repeat(60)} f=${i}i,text="a\nb ${i}" ${i}`,
  );
  const [response, small] = await Promise.all([
    ingress.write(lines.join('\n')),
    ingress.write(`${measurement} f=1i -1`),
  ]);
  expect(small.status).toBe(204);
  expect(response.status).toBe(400);
  // Every string before holds one more newline.
  expect(await response.json()).toMatchObject({
    accepted: count - 1,
    dropped: 1,
    lines: [{ line: badLine + (badLine - 1) }],
  });
  const points = await storedPoints();
  expect(points).toHaveLength(count);
  expect(points.at(-1)?.fields).toEqual({ f: BigInt(count - 1), text: `a\nb ${count - 1}` });
  for (const { batch } of await store.batches()) {
    expect(encodeBatch(batch).length).toBeLessThan(BATCH_BYTES_MAX);
  }
});

test('write - rows of a series stand in the stream as they were sent', async () => {
  for (let i = 0; i < 5; i++) {
    const response = await ingress.write(
      `${measurement} f=${2 * i}i 1\n${measurement} f=${2 * i + 1}i 1`,
    );
    expect(response.status).toBe(204);
  }
  const values = (await storedPoints()).map(({ fields }) => fields.f);
  expect(values).toEqual(Array.from({ length: 10 }, (_, i) => BigInt(i)));
});
