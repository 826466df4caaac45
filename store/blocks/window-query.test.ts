import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { AnswerError, createLogger } from '@overseer/shared';
import { columnName } from '../catalogue.ts';
import { range, unboundedBudget } from '../promql/testing/mod.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';
import { scanQuery, timeLiteral } from './scan.ts';
import { windowQuery } from './window-query.ts';

/** What PostgreSQL does for windows: which partitions it reads, and that it stops in the midst of them. */

const T0_MS = Date.parse('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const HOURS = 48;
const DEADLINE_MS = 30_000;
/** Of an advisory lock. */
const GATE = 1;

let stored: StoredPoints;
let source: PostgresSeries;

beforeAll(async () => {
  stored = await StoredPoints.start();
  await stored.write(POINT);
  await makeHours();
  source = await PostgresSeries.open(stored.database, createLogger('test'));
});

afterAll(async () => {
  await stored?.stop();
});

const POINT: Point = {
  database: 'db',
  measurement: 'cpu',
  tags: { host: 'a' },
  fields: { usage: float(1) },
  // Apart from all others: it has a partition of its own.
  timeNs: BigInt(T0_MS - 400 * 24 * HOUR_MS) * 1_000_000n,
};

/** Partitions of an hour, each with two rows of the series. */
async function makeHours(): Promise<void> {
  const { name, fields } = stored.table(POINT);
  const [usage] = fields.values();
  if (!usage) throw new Error('no field');
  const partitions = Array.from({ length: HOURS }, (_, hour) => {
    const fromMs = T0_MS + hour * HOUR_MS;
    return `CREATE TABLE ${name}_${fromMs / 1000} PARTITION OF ${name} FOR VALUES FROM (${timeLiteral(fromMs)}) TO (${timeLiteral(fromMs + HOUR_MS)})`;
  });
  await stored.database.unsafe(partitions.join('; ')).simple();
  await stored.database.unsafe(`
    INSERT INTO ${name} (time, series, ${columnName(usage)})
    SELECT ${timeLiteral(T0_MS)}::timestamptz + i * interval '30 minutes', series, i
    FROM ${name}, generate_series(0, ${2 * HOURS - 1}) i`);
}

/** The hours, from 0, whose partitions PostgreSQL plans to read. */
async function hoursRead(query: string): Promise<number[]> {
  const rows = await stored.database.unsafe(`EXPLAIN ${query}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const partition = new RegExp(`${stored.table(POINT).name.split('.')[1]}_(\\d{9,})`, 'g');
  const hours = [...plan.matchAll(partition)].map(
    ([, fromS]) => (Number(fromS) * 1000 - T0_MS) / HOUR_MS,
  );
  return [...new Set(hours)].sort((a, b) => a - b);
}

test('window query - reads the partitions that its windows touch, and no other', async () => {
  const [selected] = source.index.select('db', [{ name: '__name__', op: '=', value: 'cpu_usage' }]);
  if (!selected) throw new Error('nothing was selected');
  const afterMs = T0_MS + 10 * HOUR_MS;
  for (const aggregate of ['avg', 'count', 'max', 'min', 'sum'] as const) {
    const windows = { startMs: afterMs + 30 * MINUTE_MS, stepMs: 30 * MINUTE_MS, count: 5 };
    expect(await hoursRead(windowQuery(selected, aggregate, windows))).toEqual([10, 11, 12]);
  }
  // An end is within its window: here one that is the first moment of an hour.
  const hour = { startMs: afterMs + HOUR_MS, stepMs: HOUR_MS, count: 1 };
  expect(await hoursRead(windowQuery(selected, 'max', hour))).toEqual([10, 11]);
  const before = { ...hour, startMs: hour.startMs - 1 };
  expect(await hoursRead(windowQuery(selected, 'max', before))).toEqual([10]);
  const scan = { selected, afterMs, untilMs: afterMs + HOUR_MS };
  expect(await hoursRead(scanQuery(scan))).toEqual([10, 11]);
});

/** How many statements wait for the gate. */
async function waiting(): Promise<number> {
  const [row] = await stored.database`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event = 'advisory'`;
  return row?.count;
}

test('windows - a statement that is given up stops in the midst of its rows, and its connection goes on', async () => {
  const { name } = stored.table(POINT);
  const options = {
    db: 'db',
    source,
    budget: unboundedBudget(),
    lookbackMs: 5 * MINUTE_MS,
    seriesMax: 10,
  };
  const text = 'max_over_time(cpu_usage[1h])';
  const grid = { startMs: T0_MS + HOUR_MS, stepMs: HOUR_MS, count: HOURS - 1 };
  const [expected] = await range(text, grid, options);
  expect(expected?.values).toHaveLength(HOURS - 1);
  // From the second day on a row comes when the gate is open.
  await stored.database
    .unsafe(`
    ALTER TABLE ${name} RENAME TO behind_gate;
    CREATE VIEW ${name} AS SELECT * FROM points.behind_gate
    WHERE CASE WHEN time < '2026-01-02' THEN true ELSE pg_advisory_xact_lock_shared(${GATE})::text IS NOT NULL END`)
    .simple();
  const reason = new AnswerError('canceled', 'nobody listens');
  await stored.database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${GATE})`;
    const canceling = new AbortController();
    const budget = unboundedBudget(canceling.signal);
    const failing = range(text, grid, { ...options, budget }).catch((error: unknown) => error);
    await waitUntil(async () => (await waiting()) === 1, {
      what: 'the statement to be amid its rows',
      deadlineMs: DEADLINE_MS,
    });
    canceling.abort(reason);
    expect(await failing).toBe(reason);
    expect(await waiting()).toBe(0);
  });
  expect(await range(text, grid, options)).toEqual(expected ? [expected] : []);
});
