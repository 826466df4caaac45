import { expect } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { type AnswerError, DEAD_STREAM } from '@overseer/shared';
import type { Pipeline } from '../../testing/pipeline.ts';
import { pipelineOfTest } from '../../testing/pipeline-of-test.ts';
import { float, type Point } from '../../testing/test-ingress.ts';
import { askStore } from './store-answer.ts';

/** For tests of queries that are slow, or many, at a store with one point. */

export const DEADLINE_MS = 60_000;
/** 2026-01-01T00:00:00Z */
export const T0_MS = 1_767_225_600_000;

/** For files whose tests have a store each, with one point, of the metric `up`. */
export function queryPipelineOfTest(): (settings?: Record<string, string>) => Promise<Pipeline> {
  const startEmpty = pipelineOfTest();
  return async (settings) => {
    const pipeline = await startEmpty(settings);
    await write(pipeline, 'up', { host: 'a' });
    await expectStored(pipeline);
    return pipeline;
  };
}

/** A point that queries don't find may be parked or dead, rather than overlooked by them. */
async function expectStored({ database, ingress }: Pipeline): Promise<void> {
  const [row] = await database`
    SELECT (SELECT count(*)::int FROM db.up) AS rows,
      (SELECT count(*)::int FROM overseer.parked) AS parked`;
  const dead = (await ingress.bus.stream(DEAD_STREAM))?.messages;
  expect({ rows: row?.rows, parked: row?.parked, dead }).toEqual({ rows: 1, parked: 0, dead: 0 });
}

export async function write(
  { ingress, settled }: Pipeline,
  measurement: string,
  tags: Point['tags'],
  value = 1,
): Promise<void> {
  const timeNs = BigInt(T0_MS) * 1_000_000n;
  await ingress.write({
    database: 'db',
    measurement,
    tags,
    fields: { value: float(value) },
    timeNs,
  });
  await settled();
}

export const instant = (of: Pipeline, expr = 'up', more: object = {}, signal?: AbortSignal) =>
  askStore(of.ingress.bus, 'instant', { db: 'db', expr, timeMs: T0_MS, ...more }, signal);

/** How it went wrong; undefined: it went well. */
export const failureOf = (work: Promise<unknown>): Promise<AnswerError | undefined> =>
  work.then(
    () => undefined,
    (error) => error,
  );

/** Statements of queries that PostgreSQL is at. */
export async function statements({ database }: Pick<Pipeline, 'database'>): Promise<number> {
  const [row] = await database`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE application_name = 'overseer-store-queries' AND state = 'active'`;
  return row?.count;
}

export const waitForStatements = (of: Pick<Pipeline, 'database'>, count: number) =>
  waitUntil(async () => (await statements(of)) === count, {
    what: `${count} statements of queries`,
    deadlineMs: DEADLINE_MS,
  });

export const waitForAnswers = (of: Pipeline) =>
  waitUntil(async () => !(await failureOf(instant(of))), {
    what: 'queries to be answered again',
    deadlineMs: DEADLINE_MS,
  });

/** While `action` runs nobody can read the points of a measurement: a query for them takes as long as one likes. */
export async function withLockedPoints(
  of: Pick<Pipeline, 'database'>,
  action: () => Promise<void>,
  measurement = 'up',
): Promise<void> {
  const [row] = await of.database`SELECT id FROM overseer.measurements WHERE name = ${measurement}`;
  await of.database.begin(async (transaction) => {
    await transaction.unsafe(`LOCK TABLE points.m${row?.id} IN ACCESS EXCLUSIVE MODE`);
    await action();
  });
}

/** Of the store, the sum over its labels, or over those that have these. */
export async function metric(
  { store }: { readonly store: { readonly url: string } },
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`${store.url}/metrics`);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = (await response.text())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((one) => line.includes(one)));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

export const waitForMetric = (of: Pipeline, name: string, value: number) =>
  waitUntil(async () => (await metric(of, name)) === value, {
    what: `${name} to be ${value}`,
    deadlineMs: DEADLINE_MS,
  });

/** Gives the one series of `up` so many more points, a millisecond apart. */
export async function fill({ database }: Pipeline, count: number): Promise<void> {
  const [row] = await database`
    SELECT m.id, f.id AS field FROM overseer.measurements m
    JOIN overseer.fields f ON f.measurement_id = m.id WHERE m.name = 'up'`;
  await database.unsafe(`
    INSERT INTO points.m${row?.id} (time, series, f${row?.field})
    SELECT p.time + n * interval '1 millisecond', p.series, n % 1000
    FROM points.m${row?.id} p, generate_series(1, ${count}) n`);
}
