import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Pipeline, startPipeline } from './testing/pipeline.ts';
import { boolean, float, integer, type Point, string, unsigned } from './testing/test-ingress.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
});

afterAll(async () => {
  await pipeline?.stop();
});

/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;

function point(measurement: string, timeNs: bigint, fields: Point['fields'], host = 'a'): Point {
  return { database: 'db', measurement, tags: { host }, fields, timeNs };
}

/** Rows of a view as text, in order of time. */
async function rows(view: string, order = 'time'): Promise<Record<string, unknown>[]> {
  await pipeline.settled();
  return [...(await pipeline.database.unsafe(`SELECT * FROM "db"."${view}" ORDER BY ${order}`))];
}

test('store - all five types come back exactly', async () => {
  await pipeline.ingress.write(
    point('types', T0, {
      f: float(-0),
      i: integer(-(2n ** 63n)),
      u: unsigned(2n ** 64n - 1n),
      b: boolean(true),
      s: string('größe "x"\n'),
    }),
    point('types', T0 + 1_000_000_000n, { f: float(0.1 + 0.2) }),
  );
  const [first, second] = await rows('types');
  expect(first).toMatchObject({
    tags: { host: 'a' },
    i: -(2n ** 63n),
    u: '18446744073709551615',
    b: true,
    s: 'größe "x"\n',
  });
  expect(Object.is(first?.f, -0)).toBe(true);
  expect(second).toMatchObject({ f: 0.30000000000000004, i: null, u: null, b: null, s: null });
});

test('store - two points a nanosecond apart are two rows', async () => {
  await pipeline.ingress.write(point('fine', T0, { f: float(1) }));
  await pipeline.settled();
  await pipeline.ingress.write(
    point('fine', T0 + 1n, { f: float(2) }),
    point('fine', T0 + 1001n, { f: float(3) }),
  );
  const found = await rows('fine', 'time, ns');
  expect(found.map((row) => [row.f, row.ns])).toEqual([
    [1, 0],
    [2, 1],
    [3, 1],
  ]);
});

test('store - the same point twice is one row, in one batch or in two', async () => {
  const same = point('twice', T0, { f: float(1) });
  await pipeline.ingress.write(same, same);
  await pipeline.settled();
  await pipeline.ingress.write(same);
  expect(await rows('twice')).toHaveLength(1);
});

test('store - other fields of the same series and time are merged, the later write wins', async () => {
  await pipeline.ingress.write(
    point('merge', T0, { a: float(1), b: float(1) }),
    point('merge', T0, { b: float(2) }),
    point('merge', T0, { c: string('x') }),
  );
  await pipeline.settled();
  await pipeline.ingress.write(point('merge', T0, { a: float(9) }));
  expect(await rows('merge')).toMatchObject([{ a: 9, b: 2, c: 'x' }]);
});

test('store - late points find their place, also far back and ahead', async () => {
  const year = 365n * 86_400n * 1_000_000_000n;
  await pipeline.ingress.write(
    point('late', T0, { f: float(1) }),
    point('late', T0 - 1_000_000_000n, { f: float(2) }),
    point('late', T0 - 40n * year, { f: float(3) }),
    point('late', T0 + 40n * year, { f: float(4) }),
    point('late', -(2n ** 63n), { f: float(5) }),
    point('late', 2n ** 63n - 1n, { f: float(6) }),
  );
  const found = await rows('late', 'time, ns');
  expect(found.map((row) => row.f)).toEqual([5, 3, 2, 1, 4, 6]);
});

test('store - any name is a name', async () => {
  const names = [
    'time',
    'tags',
    'ns',
    'select',
    'a"b',
    "it's",
    'x'.repeat(200),
    `${'x'.repeat(200)}y`,
  ];
  const fields = Object.fromEntries(names.map((name, i) => [name, float(i)]));
  for (const database of ['public', 'overseer', 'pg_catalog', 'Ünï "cödé"']) {
    await pipeline.ingress.write({
      database,
      measurement: 'any " name',
      tags: { 'a b': 'c"d', __proto__x: '1' },
      fields,
      timeNs: T0,
    });
  }
  await pipeline.settled();
  const found = await pipeline.database`
    SELECT schema_name FROM overseer.databases WHERE name <> 'db' ORDER BY name`;
  expect(found).toHaveLength(4);
  for (const { schema_name } of found) {
    const [row] = await pipeline.database.unsafe(
      `SELECT * FROM "${schema_name.replaceAll('"', '""')}"."any "" name"`,
    );
    expect(row).toMatchObject({ tags: { 'a b': 'c"d' }, time_2: 0, tags_2: 1, ns_2: 2, select: 3 });
    expect(Object.keys(row ?? {})).toHaveLength(2 + names.length);
  }
});

test('store - says when a measurement was written last, by late points too, and that tables changed', async () => {
  const state = async () => {
    await pipeline.settled();
    const [row] = await pipeline.database`
      SELECT version, (
        SELECT max(written_at) FROM overseer.newest n JOIN overseer.measurements m ON m.id = n.measurement_id
        WHERE m.name = 'written'
      ) AS written_at
      FROM overseer.catalogue_version`;
    return { version: row?.version as bigint, writtenAt: row?.written_at as Date };
  };
  const before = await state();
  await pipeline.ingress.write(point('written', T0, { f: float(1) }));
  const first = await state();
  expect(first.version).toBeGreaterThan(before.version);
  expect(Math.abs(first.writtenAt.getTime() - Date.now())).toBeLessThan(60_000);
  await pipeline.ingress.write(point('written', T0 - 1_000_000_000n, { f: float(2) }));
  const second = await state();
  expect(second.version).toBe(first.version);
  expect(second.writtenAt.getTime()).toBeGreaterThanOrEqual(first.writtenAt.getTime());
  expect(second.writtenAt).not.toEqual(first.writtenAt);
});
