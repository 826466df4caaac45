import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import { connectPostgres, type Database } from '../postgres.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { timeLiteral } from '../time-literal.ts';
import { admitReaders } from './reader-role.ts';

/** What PostgreSQL plans to read for a reader of a view, as it says itself: a measurement of 500 hours, 1,000 hosts in some of them. */

setDefaultTimeout(120_000);

const HOUR_S = 3600;
const HOURS = 500;
const HOSTS = 1000;
const OTHER_SERIES = 100_000;
const ROWS_AN_HOUR = 30;
const NOW_S = Math.floor(Date.now() / 1000);
/** Of the newest partition, which ends in an hour or more: the test may run over the turn of an hour. */
const NEWEST_S = Math.floor(NOW_S / HOUR_S) * HOUR_S + HOUR_S;
/** The first of two hours that have rows. */
const FULL_S = NEWEST_S - 20 * HOUR_S;
const POINT: Point = {
  database: 'db',
  measurement: 'cpu',
  tags: { host: 'h0' },
  fields: { usage: float(1) },
  // Apart from all others: it has a partition of its own.
  timeNs: BigInt(NEWEST_S - 400 * 86_400) * 10n ** 9n,
};

let stored: StoredPoints;
let reader: Database;
let table: string;

beforeAll(async () => {
  stored = await StoredPoints.start();
  await admitReaders(stored.database, createLogger('test'));
  await stored.write(POINT);
  table = stored.table(POINT).name;
  await makeHours(stored.database);
  await stored.database.unsafe(
    `CREATE ROLE ann LOGIN PASSWORD 'secret' IN ROLE ${READER_ROLE}; ALTER ROLE ann SET max_parallel_workers_per_gather = 0`,
  );
  const url = new URL(stored.server.url);
  url.username = 'ann';
  url.password = 'secret';
  reader = connectPostgres(url.href, 'test', 1);
});
afterAll(async () => {
  await reader?.end({ timeout: 1 });
  await stored?.stop();
});

const partitionOf = (fromS: number) => `${table}_${fromS}`;
const at = (timeS: number) => timeLiteral(BigInt(timeS) * 1_000_000n);

/** Two of the hours have rows, and their index, as sealed ones do. */
async function makeHours(database: Database): Promise<void> {
  const statements = Array.from({ length: HOURS }, (_, index) => {
    const fromS = NEWEST_S - index * HOUR_S;
    return `CREATE TABLE ${partitionOf(fromS)} PARTITION OF ${table} FOR VALUES FROM (${at(fromS)}) TO (${at(fromS + HOUR_S)})`;
  });
  // In pieces: a transaction locks what it makes.
  for (let first = 0; first < HOURS; first += 100) {
    await database.unsafe(statements.slice(first, first + 100).join(';\n')).simple();
  }
  const seriesOf = (measurement: string, count: number) => `
    INSERT INTO overseer.series (id, "check", measurement_id, tags)
    SELECT hashint8extended(i, ${measurement}), 0, ${measurement}, jsonb_build_object('host', 'h' || (i % ${HOSTS}), 'core', i / ${HOSTS})
    FROM generate_series(1, ${count}) i`;
  const id = String(stored.table(POINT).id);
  await database.unsafe(seriesOf(id, HOSTS));
  await database.unsafe(seriesOf(`${id} + 1`, OTHER_SERIES));
  for (const fromS of [FULL_S, FULL_S + HOUR_S]) {
    await database.unsafe(`
      INSERT INTO ${table} (time, series)
      SELECT to_timestamp(${fromS} + step * ${HOUR_S / ROWS_AN_HOUR}), hashint8extended(i, ${id})
      FROM generate_series(0, ${ROWS_AN_HOUR - 1}) step, generate_series(1, ${HOSTS}) i`);
    await database.unsafe(`CREATE INDEX ON ${partitionOf(fromS)} (series, time)`);
    await database.unsafe(`ANALYZE ${partitionOf(fromS)}`);
  }
  await database.unsafe('VACUUM ANALYZE overseer.series');
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Subplans Removed'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Plan {
  readonly nodes: readonly PlanNode[];
  /** Partitions that are read, in their order. */
  readonly partitions: readonly string[];
  /** How many are left out when execution begins. */
  readonly removed: number;
  readonly planningMs: number;
}

async function planOf(statement: string): Promise<Plan> {
  const [row] = await reader.unsafe(`EXPLAIN (FORMAT JSON, SUMMARY) ${statement}`);
  const [explained] = row?.['QUERY PLAN'] ?? [];
  const nodes = withDescendants(explained.Plan);
  const { name: prefix } = stored.table(POINT);
  return {
    nodes,
    partitions: nodes
      .map((node) => `points.${node['Relation Name']}`)
      .filter((name) => name.startsWith(`${prefix}_`))
      .sort(),
    removed: nodes.reduce((sum, node) => sum + (node['Subplans Removed'] ?? 0), 0),
    planningMs: explained['Planning Time'],
  };
}

const withDescendants = (node: PlanNode): PlanNode[] => [
  node,
  ...(node.Plans ?? []).flatMap(withDescendants),
];

const [from, to] = [FULL_S + 600, FULL_S + HOUR_S + 600];
const BOTH = () => [partitionOf(FULL_S), partitionOf(FULL_S + HOUR_S)];
const AVERAGE = 'SELECT avg(usage) FROM db.cpu';

test('pruning - of literals, as people write them, only the partitions of their range are planned', async () => {
  const first = await planOf(`${AVERAGE} WHERE time >= ${at(from)} AND time < ${at(to)}`);
  const again = await planOf(`${AVERAGE} WHERE time >= ${at(from)} AND time < ${at(to)}`);
  expect(first.partitions).toEqual(BOTH());
  const typed = await planOf(
    `${AVERAGE} WHERE time > timestamptz ${at(to - 60)} AND ${at(to)} > time`,
  );
  expect(typed.partitions).toEqual([partitionOf(FULL_S + HOUR_S)]);
  console.info(
    `planning with ${HOURS} partitions took ${first.planningMs} ms at first and ${again.planningMs} ms then`,
  );
});

test("pruning - of Grafana's time filter too", async () => {
  const iso = (timeS: number) => `'${new Date(timeS * 1000).toISOString()}'`;
  const plan = await planOf(`
    SELECT date_bin('30s', time, 'epoch') AS time, tags->>'host' AS metric, avg(usage)
    FROM db.cpu WHERE time BETWEEN ${iso(from)} AND ${iso(to)} GROUP BY 1, 2 ORDER BY 1`);
  expect(plan.partitions).toEqual(BOTH());
});

test('pruning - of now() the others are removed when execution begins', async () => {
  const { partitions, removed } = await planOf(
    `${AVERAGE} WHERE time > now() - interval '30 minutes'`,
  );
  expect(partitions.length).toBeLessThanOrEqual(3);
  expect(partitions).toContain(partitionOf(NEWEST_S));
  expect(partitions.length + removed).toBe(HOURS + 1);
});

test('pruning - of parameters, whether a plan is made with their values or for all', async () => {
  await reader.unsafe(
    `PREPARE part (timestamptz, timestamptz) AS ${AVERAGE} WHERE time >= $1 AND time < $2`,
  );
  const execute = `EXECUTE part (${at(from)}, ${at(to)})`;
  await reader.unsafe('SET plan_cache_mode = force_custom_plan');
  expect(await planOf(execute)).toMatchObject({ partitions: BOTH(), removed: 0 });
  await reader.unsafe('SET plan_cache_mode = force_generic_plan');
  expect(await planOf(execute)).toMatchObject({ partitions: BOTH(), removed: HOURS - 1 });
  await reader.unsafe('RESET plan_cache_mode');
});

test('pruning - an expression of time leaves out nothing, as docs/sql.md warns', async () => {
  const { partitions, removed } = await planOf(
    `${AVERAGE} WHERE date_trunc('hour', time) = ${at(FULL_S)}`,
  );
  expect(partitions.length + removed).toBe(HOURS + 1);
});

test('a condition on tags - finds its series by measurement, and their points by series', async () => {
  const range = `time >= ${at(from)} AND time < ${at(to)}`;
  for (const condition of [
    `tags->>'host' = 'h7'`,
    `tags @> '{"host": "h7"}'`,
    `tags->>'host' IN ('h7', 'h8')`,
  ]) {
    const { nodes, partitions } = await planOf(`${AVERAGE} WHERE ${range} AND ${condition}`);
    expect(partitions).toEqual(BOTH());
    const scans = nodes.filter((node) => node['Relation Name']).map((node) => node['Node Type']);
    expect({ condition, scans: scans.filter((scan) => scan === 'Seq Scan') }).toEqual({
      condition,
      scans: [],
    });
  }
});

test('a query without tags - reads no series', async () => {
  const { nodes } = await planOf(`${AVERAGE} WHERE time > ${at(from)}`);
  expect(nodes.some((node) => node['Relation Name'] === 'series')).toBe(false);
});
