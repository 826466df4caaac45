import { waitUntil } from '@overseer/local/testing';
import {
  type Bus,
  DEAD_STREAM,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  type StreamState,
} from '@overseer/shared';
import type { Sql } from 'postgres';

/** After the last acknowledgement everything must be stored within this, restarts included. */
const CONSUMED_DEADLINE_MS = 120_000;

/** Waits until the position of every partition has reached what is the end of the stream now, and nothing that was read is parked any more. */
export async function waitUntilConsumed(bus: Bus, sql: Sql): Promise<void> {
  const points = await streamState(bus, POINTS_STREAM);
  const partitions = Number(points.metadata[PARTITIONS_METADATA]);
  for (let partition = 0; partition < partitions; partition++)
    await waitUntil(() => isConsumed(bus, sql, points, partition).catch(notWhileDown), {
      what: `partition ${partition} to be stored to its end`,
      deadlineMs: CONSUMED_DEADLINE_MS,
    });
  await waitUntil(() => isNothingParked(sql).catch(notWhileDown), {
    what: 'blocks that waited for somebody who reads their table to be stored',
    deadlineMs: CONSUMED_DEADLINE_MS,
  });
}

async function isNothingParked(sql: Sql): Promise<boolean> {
  const parked = await sql`select from overseer.parked limit 1`;
  return parked.length === 0;
}

async function isConsumed(
  bus: Bus,
  sql: Sql,
  points: StreamState,
  partition: number,
): Promise<boolean> {
  const [position] = await sql<{ sequence: number }[]>`
    select seq::int as sequence from overseer.progress
    where partition = ${partition} and stream = ${points.created}`;
  const subject = `points.${partition}`;
  const next = await bus.nextSequence(POINTS_STREAM, subject, (position?.sequence ?? 0) + 1);
  return next === undefined || next > points.lastSequence;
}

/** What PostgreSQL and its client say while it is down, or recovers. */
const DOWN_CODE = /^(57P0\d|CONNECTION_\w+|CONNECT_TIMEOUT|ECONN\w+)$/;

function notWhileDown(error: unknown): false {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!DOWN_CODE.test(code)) throw error;
  return false;
}

/** How many blocks were put into the dead letters since the stream was made. */
export async function deadLetters(bus: Bus): Promise<number> {
  return (await streamState(bus, DEAD_STREAM)).lastSequence;
}

async function streamState(bus: Bus, name: string): Promise<StreamState> {
  const state = await bus.stream(name);
  if (state === undefined) throw new Error(`the stream ${name} is gone`);
  return state;
}
