import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import postgres, { type Sql } from 'postgres';
import { compare, type Expectation } from './check.ts';
import { Series } from './workload.ts';

const DATABASE = 'faults "1"';
const MEASUREMENT = 'disk io';
const COUNT = 200;
const COLUMNS = ['float', 'integer', 'unsigned', 'boolean', 'string', 'late_0', 'late_1', 'late_2'];

let server: PostgresServer;
let sql: Sql;
const series = new Series(1n, 1_767_225_600_000_000_000n, DATABASE, MEASUREMENT, 'a');
const expectations = [{ series, count: COUNT }];

beforeAll(async () => {
  server = await startPostgres();
  sql = postgres(server.url, { max: 1, onnotice: () => {} });
  // What a user's view looks like, without what lies beneath.
  await sql.unsafe(`
    create schema "faults ""1""";
    create table "faults ""1"""."disk io" (
      time timestamptz, tags jsonb, float float8, integer bigint, unsigned numeric(20, 0),
      boolean boolean, string text, late_0 bigint, late_1 bigint, late_2 bigint, ns smallint)`);
});

afterAll(async () => {
  await sql?.end();
  await server?.stop();
});

beforeEach(async () => {
  await sql`truncate ${sql(DATABASE)}.${sql(MEASUREMENT)}`;
  for (let number = 0; number < COUNT; number++) await store(number);
});

async function findDifferences(database: Sql, expected: Expectation[]): Promise<string[]> {
  return (await compare(database, expected)).differences;
}

/** Puts the row of a point where the store would have put it. */
async function store(number: number, tags: Readonly<Record<string, string>> = series.tags) {
  const timeNs = series.timeNs(number);
  const row = series.row(number, (turn) => turn < COUNT) ?? new Map<string, string>();
  const time = `${new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, -1)}${String((timeNs / 1000n) % 1000n).padStart(3, '0')}Z`;
  const values = [time, JSON.stringify(tags), String(timeNs % 1000n)];
  const fields = COLUMNS.map((column) => row.get(column) ?? null);
  const places = fields.map((_, index) => `$${index + 4}::text`);
  const casts = ['float8', 'bigint', 'numeric', 'boolean', 'text', 'bigint', 'bigint', 'bigint'];
  await sql.unsafe(
    `insert into "faults ""1"""."disk io" (time, tags, ns, ${COLUMNS.join(', ')})
     values ($1::text::timestamptz, $2::text::jsonb, $3::text::smallint,
       ${places.map((place, index) => `${place}::${casts[index]}`).join(', ')})`,
    [...values, ...fields],
  );
}

describe('check', () => {
  test('stored as acknowledged - no difference', async () => {
    expect(await compare(sql, expectations)).toEqual({ differences: [], rows: COUNT });
  });

  test('rows of turns that were taken away - are extra', async () => {
    const taken = [{ series, count: COUNT, counts: (turn: number) => turn < COUNT - 1 }];
    expect(await findDifferences(sql, taken)).not.toEqual([]);
  });

  test('a missing row - is shown', async () => {
    await sql`delete from ${sql(DATABASE)}.${sql(MEASUREMENT)} where ctid = '(0,5)'`;
    const differences = await findDifferences(sql, expectations);
    expect(differences[0]).toContain('200 rows were acknowledged, 199 are stored');
    expect(differences[1]).toContain('missing:');
    expect(differences.length).toBe(2);
  });

  test('a row stored twice - is shown', async () => {
    await store(7);
    const differences = await findDifferences(sql, expectations);
    expect(differences[0]).toContain('200 rows were acknowledged, 201 are stored');
    expect(differences[1]).toContain('extra:');
    expect(differences.length).toBe(2);
  });

  test('one changed value among rows of the right number - is shown', async () => {
    await sql`update ${sql(DATABASE)}.${sql(MEASUREMENT)} set string = 'x' where ctid = '(0,5)'`;
    const [summary, ...rows] = await findDifferences(sql, expectations);
    expect(summary).toContain('200 rows were acknowledged, 200 are stored');
    expect(rows.map((row) => row.trim().split(':')[0])).toEqual(['missing', 'extra']);
  });

  test('a time that is one ns off - is shown', async () => {
    await sql`update ${sql(DATABASE)}.${sql(MEASUREMENT)} set ns = (ns + 1) % 1000 where ctid = '(0,5)'`;
    expect((await findDifferences(sql, expectations)).length).toBe(3);
  });

  test('rows of a series that was never sent - are shown', async () => {
    await store(0, { id: 'stranger' });
    expect(await findDifferences(sql, expectations)).toEqual([
      'faults "1".disk io [["id","stranger"]]: never sent, but 1 rows are stored',
    ]);
  });

  test('a view that is not there - is shown', async () => {
    const lost = new Series(1n, 0n, DATABASE, 'nowhere', 'a');
    expect(await findDifferences(sql, [{ series: lost, count: 1 }])).toEqual([
      'faults "1".nowhere: there is no such view',
    ]);
  });
});
