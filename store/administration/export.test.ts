import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type NatsServer, startNats } from '@overseer/local/testing';
import {
  AnswerError,
  type Bus,
  connectBus,
  createLogger,
  type ExportEnd,
  type ExportPart,
} from '@overseer/shared';
import { askAdministration } from '../testing/administration-answer.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { boolean, float, integer, type Point, string, unsigned } from '../testing/test-ingress.ts';
import { AdministrationService } from './administration-service.ts';
import { PASS_TEXT_BYTES_MAX, seriesPasses } from './export/series-passes.ts';

const DAY_NS = 86_400_000_000_000n;
/** 2026-01-02 */
const NOON = 1_767_355_200_000_000_000n;

let nats: NatsServer;
let stored: StoredPoints;
let bus: Bus;
let service: AdministrationService;

beforeAll(async () => {
  [nats, stored] = await Promise.all([startNats(), StoredPoints.start()]);
  bus = await connectBus({ url: nats.url, name: 'test', log: createLogger('test') });
  service = new AdministrationService({
    bus,
    database: stored.database,
    log: createLogger('test'),
    onAnswered: () => undefined,
    onPass: () => undefined,
  });
  service.start();
  await bus.flush();
}, 60_000);

afterAll(async () => {
  await service?.stop();
  await bus?.close();
  await Promise.all([stored?.stop(), nats?.stop()]);
});

interface Exported {
  readonly text: string;
  readonly rows: number;
  readonly parts: number;
}

async function exported(question: object): Promise<Exported> {
  const { end, parts } = await askAdministration<ExportEnd, ExportPart>(bus, 'export', {
    format: 'line-protocol',
    tags: [],
    ...question,
  });
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  expect(rows).toBe(end.rows);
  const text = Buffer.concat(parts.map((part) => part.text)).toString();
  return { text, rows, parts: parts.length };
}

/** What it is refused with. */
async function refused(question: object): Promise<string> {
  const error = await exported(question).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AnswerError);
  return `${(error as AnswerError).kind}: ${(error as AnswerError).message}`;
}

const point = (
  database: string,
  measurement: string,
  tags: Point['tags'],
  fields: Point['fields'],
  timeNs: bigint,
): Point => ({ database, measurement, tags, fields, timeNs });

test('export - values of every type are exact, names are escaped', async () => {
  const tags = { 'a b': 'c,d=e f', 'back\\slash': 'x\\y', größe: '日本 🎉' };
  await stored.write(
    point('types', 'odd, name=x', tags, { 'f,=  1': float(0.1), s: string('a "b" \\ c\nd') }, 1n),
    point('types', 'odd, name=x', tags, { 'f,=  1': float(-0), s: string('') }, NOON),
    point('types', 'plain', {}, { f: float(5e-324), i: integer(-(2n ** 63n)) }, -1n),
    point('types', 'plain', {}, { f: float(1.7976931348623157e308), i: integer(-1n) }, 0n),
    point('types', 'plain', {}, { i: integer(2n ** 63n - 1n), u: unsigned(2n ** 64n - 1n) }, NOON),
    point('types', 'plain', {}, { u: unsigned(10_000n), b: boolean(true) }, NOON + 1n),
    point('types', 'plain', {}, { u: unsigned(0n), b: boolean(false) }, NOON + 1000n),
    point('types', 'plain', {}, { u: unsigned(120_000_003n), f: float(1e21) }, NOON + 1001n),
  );
  const { text, rows } = await exported({ db: 'types' });
  const key = 'odd\\,\\ name=x,a\\ b=c\\,d\\=e\\ f,größe=日本\\ 🎉,back\\slash=x\\y';
  expect(rows).toBe(8);
  expect(text.split('\n')).toEqual([
    `${key} f\\,\\=\\ \\ 1=0.1,s="a \\"b\\" \\\\ c`,
    'd" 1',
    `${key} f\\,\\=\\ \\ 1=-0,s="" ${NOON}`,
    'plain f=5e-324,i=-9223372036854775808i -1',
    'plain f=1.7976931348623157e+308,i=-1i 0',
    `plain i=9223372036854775807i,u=18446744073709551615u ${NOON}`,
    `plain b=true,u=10000u ${NOON + 1n}`,
    `plain b=false,u=0u ${NOON + 1000n}`,
    `plain f=1e+21,u=120000003u ${NOON + 1001n}`,
    '',
  ]);
});

test('export - times at both ends of what a point can have', async () => {
  const ends = [-(2n ** 63n), 2n ** 63n - 1n];
  for (const timeNs of ends) {
    await stored.write(point('ends', 'm', {}, { f: float(1) }, timeNs));
  }
  const { text } = await exported({ db: 'ends' });
  expect(text).toBe(ends.map((timeNs) => `m f=1 ${timeNs}\n`).join(''));
  const { text: csv } = await exported({ db: 'ends', measurement: 'm', format: 'csv' });
  expect(csv).toBe('time,f\n1677-09-21T00:12:43.145224192Z,1\n2262-04-11T23:47:16.854775807Z,1\n');
});

test('export - a range of nanoseconds, half open', async () => {
  const times = [-1n, 0n, 1n, 999n, 1000n, 1001n].map((ns) => NOON + ns);
  await stored.write(...times.map((timeNs) => point('range', 'm', {}, { f: float(1) }, timeNs)));
  await stored.write(point('range', 'whole', {}, { f: float(1) }, NOON + 1000n));
  const inRange = async (startNs: bigint, endNs: bigint) =>
    (await exported({ db: 'range', measurement: 'm', startNs, endNs })).text
      .trim()
      .split('\n')
      .map((line) => BigInt(line.split(' ')[2] ?? 0) - NOON);
  expect(await inRange(NOON, NOON + 1000n)).toEqual([0n, 1n, 999n]);
  expect(await inRange(NOON + 1n, NOON + 1001n)).toEqual([1n, 999n, 1000n]);
  expect(await inRange(NOON - 1n, NOON + 1n)).toEqual([-1n, 0n]);
  // Without nanoseconds in the table.
  const rows = async (bounds: object) =>
    (await exported({ db: 'range', measurement: 'whole', ...bounds })).rows;
  expect(await rows({ startNs: NOON + 1000n })).toBe(1);
  expect(await rows({ startNs: NOON + 1001n })).toBe(0);
  expect(await rows({ endNs: NOON + 1000n })).toBe(0);
  expect(await rows({ endNs: NOON + 1001n })).toBe(1);
});

test('export - series by their tags, in order of series and time', async () => {
  const hosts = ['a', 'b', 'c'];
  await stored.write(
    ...[2n, 0n, 1n].flatMap((day) =>
      hosts.map((host) =>
        point('tags', 'cpu', { host, dc: 'x' }, { v: integer(day) }, NOON + day * DAY_NS),
      ),
    ),
    point('tags', 'cpu', { dc: 'x' }, { v: integer(9n) }, NOON),
  );
  const of = async (...tags: readonly (readonly string[])[]) => {
    const { text } = await exported({ db: 'tags', tags });
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/ v=/, '|').split(/[| ]/))
      .map(([key, value]) => `${key} ${value}`);
  };
  expect(await of(['host', '=', 'b'])).toEqual([0, 1, 2].map((day) => `cpu,dc=x,host=b ${day}i`));
  expect(await of(['host', '=', ''])).toEqual(['cpu,dc=x 9i']);
  expect((await of(['host', '=~', 'a|c'])).length).toBe(6);
  expect((await of(['host', '!~', 'a|c'], ['dc', '!=', 'y'])).length).toBe(4);
  expect(await of(['host', '=', 'nobody'])).toEqual([]);
});

test('export - CSV has a column for each tag and field', async () => {
  await stored.write(
    point('csv', 'm', { time: 'x,"y"' }, { time: float(1.5), s: string('say "hi"\n') }, NOON),
    point('csv', 'm', { host: 'a' }, { s: string('') }, NOON + 1_500_000n),
    point('csv', 'm', { host: 'a' }, { b: boolean(true) }, NOON + 3_000_000_000n),
  );
  const { text } = await exported({ db: 'csv', measurement: 'm', format: 'csv' });
  const [header, ...rows] = text.trimEnd().split(/\n(?=2026)/);
  expect(header).toBe('time,host,time_2,b,s,time_3');
  expect(rows.sort()).toEqual([
    '2026-01-02T12:00:00.001500Z,a,,,"",',
    '2026-01-02T12:00:00Z,,"x,""y""",,"say ""hi""\n",1.5',
    '2026-01-02T12:00:03Z,a,,true,,',
  ]);
});

test('export - a row longer than a part', async () => {
  const fields = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`s${i}`, string('"'.repeat(60_000))]),
  );
  await stored.write(point('long', 'm', {}, fields, NOON));
  const { text, rows, parts } = await exported({ db: 'long' });
  expect(rows).toBe(1);
  expect(parts).toBeGreaterThan(8);
  expect(text.length).toBeGreaterThan(20 * 120_000);
});

test('export - more series than may be held at once come in passes', async () => {
  const hosts = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(60_000));
  const points = hosts.flatMap((host) =>
    [0n, DAY_NS].map((after) =>
      point('passes', 'm', { host }, { v: integer(after) }, NOON + after),
    ),
  );
  await stored.write(...points);
  // Filled up behind those: with texts as long as may be held, and a few of the pass that comes then.
  const table = stored.table({ database: 'passes', measurement: 'm' });
  await stored.database`
    INSERT INTO overseer.series (id, "check", measurement_id, tags)
    SELECT 7 * i - 3000, 0, ${table.id}, jsonb_build_object('i', i::text, 'host', repeat('x', 60000))
    FROM generate_series(1, 700) i`;
  const textOf = (tags: Readonly<Record<string, string>>) => JSON.stringify(tags);
  const { signal } = new AbortController();
  const sizes: number[] = [];
  for await (const { texts } of seriesPasses(stored.database, table, {
    ...{ passes: undefined, textOf, signal },
  })) {
    expect(texts.bytes).toBeLessThan(PASS_TEXT_BYTES_MAX + 61_000);
    sizes.push(texts.ids.size);
  }
  expect(sizes.length).toBe(2);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(705);
  const { text, rows } = await exported({ db: 'passes' });
  expect(rows).toBe(10);
  expect(text.trimEnd().split('\n').sort()).toEqual(
    points.map(({ tags, timeNs }) => `m,host=${tags.host} v=${timeNs - NOON}i ${timeNs}`).sort(),
  );
  const { rows: rowsOfOne } = await exported({ db: 'passes', tags: [['host', '=~', '3+']] });
  expect(rowsOfOne).toBe(2);
});

test('export - what is wrong with a question is told', async () => {
  await stored.write(point('wrong', 'm', {}, { f: float(1) }, NOON));
  expect(await refused({ db: 'nothing' })).toBe('bad_data: there is no database "nothing"');
  expect(await refused({ db: 'wrong', measurement: 'x' })).toContain('no measurement "x"');
  expect(await refused({ db: 'wrong', format: 'csv' })).toContain('say which');
  expect(await refused({ db: 'wrong', format: 'xml' })).toContain('line-protocol and csv');
  expect(await refused({ db: 'wrong', tags: [['h', '=~', '(']] })).toContain('"(" is no RE2');
  expect(await refused({ db: 'wrong', tags: [['h', '==', 'x']] })).toContain('tags has');
  expect(await refused({ db: 'wrong', startNs: 5n, endNs: 5n })).toContain('later than startNs');
});
