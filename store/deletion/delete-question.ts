import {
  AnswerError,
  type AnswerWriter,
  type Bus,
  type DeleteEnd,
  type DeleteProgress,
  type DeleteQuestion,
  POINTS_STREAM,
} from '@overseer/shared';
import { askedTables } from '../administration/asked-tables.ts';
import { partitionRanges } from '../administration/partition-ranges.ts';
import { eachSeries, tagsFilter } from '../administration/series-scan.ts';
import type { NsRange } from '../administration/time-condition.ts';
import { findBehind } from '../behind.ts';
import { seriesCondition } from '../blocks/scan.ts';
import type { Table } from '../catalogue.ts';
import type { Database } from '../postgres.ts';
import { deleteRows } from './delete-rows.ts';
import { type RecordDropParts, recordDeletedSeries } from './record-drop.ts';
import { sweepSeries } from './sweep-series.ts';

/** A store that is further behind should catch up before anything is deleted. */
const POSITIONS_WAIT_MS = 60_000;
const POSITIONS_INTERVAL_MS = 50;
/** Series that become nobody's at one moment, in which nobody writes. */
const SERIES_AT_ONCE = 10_000;
/** Between two partitions: writers have PostgreSQL for as long as the deletion had, or for this. */
const PAUSE_MAX_MS = 1000;

/** Which points of a table. */
interface Selection {
  readonly table: Table;
  /** Ids as PostgreSQL has them; undefined: rows of all series. */
  readonly series: readonly bigint[] | undefined;
  /** Each within one time partition. */
  readonly ranges: readonly NsRange[];
}

/**
 * Deletes points by their series and times, a time partition at a time. Everything that was acknowledged before the question is stored
 * first. Without times, the series are deleted besides.
 * @throws AnswerError bad_data, unavailable, canceled; what PostgreSQL and the bus throw
 */
export async function answerDelete(
  parts: RecordDropParts,
  question: DeleteQuestion,
  answer: AnswerWriter,
): Promise<DeleteEnd> {
  const { bus, database } = parts;
  const { signal } = answer;
  // Before anything is waited for: a pattern may be none.
  const passes = tagsFilter(question.tags);
  await answer.sendAndWait({ rows: 0, partitionsDone: 0, partitions: 0 } satisfies DeleteProgress);
  await catchUp(bus, database, question, signal);
  const seriesOf = (table: Table) => matchingSeries(database, table, passes, signal);
  const selections: Selection[] = [];
  for (const table of await askedTables(database, question)) {
    const series = question.tags.length > 0 ? await seriesOf(table) : undefined;
    const ranges = await partitionRanges(database, table, question);
    selections.push({ table, series, ranges });
  }
  const rows = await deleteSelected(database, selections, answer);
  if (question.startNs !== undefined || question.endNs !== undefined) return { rows, series: 0 };
  let series = 0;
  for (const selection of selections) {
    const ids = selection.series ?? (await seriesOf(selection.table));
    series += await deleteSeries(parts, question, selection.table, ids, signal);
  }
  return { rows: rows + (await sweepSeries(database, signal)), series };
}

/** Waits until everything is stored that is in the stream now. @throws AnswerError unavailable, canceled */
async function catchUp(
  bus: Bus,
  database: Database,
  question: DeleteQuestion,
  signal: AbortSignal,
): Promise<void> {
  const points = await bus.stream(POINTS_STREAM);
  if (!points) return;
  const { created, lastSequence } = points;
  const deadline = performance.now() + POSITIONS_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const behind =
      (await findUnstored(bus, database, created, lastSequence)) ??
      (await findParked(database, question, created, lastSequence));
    if (!behind) return;
    if (performance.now() > deadline) throw new AnswerError('unavailable', behind);
    await Bun.sleep(POSITIONS_INTERVAL_MS);
  }
}

/** Says that a partition has messages up to `upto` that are not stored. */
async function findUnstored(
  bus: Bus,
  database: Database,
  stream: string,
  upto: number,
): Promise<string | undefined> {
  const rows = await database`
    SELECT partition, CASE WHEN stream = ${stream} THEN seq ELSE 0 END AS seq FROM overseer.progress
    ORDER BY partition`;
  const positions = rows.map(({ partition, seq }) => ({ partition, sequence: Number(seq) }));
  const behind = await findBehind(bus, positions, upto);
  return (
    behind &&
    `partition ${behind.partition} is stored up to ${behind.sequence}, the points of before reach to ${upto}: ask again when the store has caught up`
  );
}

/** Says that points up to `upto`, or of a stream before, are parked. Those of the question alone: others may be for hours. */
async function findParked(
  database: Database,
  { db, measurement }: DeleteQuestion,
  stream: string,
  upto: number,
): Promise<string | undefined> {
  const [row] = await database`
    SELECT measurement FROM overseer.parked
    WHERE database = ${db} AND (${measurement ?? null}::text IS NULL OR measurement = ${measurement ?? null})
      AND NOT (stream = ${stream} AND sequence > ${upto})
    LIMIT 1`;
  return (
    row &&
    `points of ${row.measurement} wait for a long transaction that reads its table: ask again when it is over`
  );
}

async function matchingSeries(
  database: Database,
  table: Table,
  passes: ReturnType<typeof tagsFilter>,
  signal: AbortSignal,
): Promise<bigint[]> {
  const ids: bigint[] = [];
  await eachSeries(
    database,
    table,
    (low, high, tags) => {
      if (passes(tags)) ids.push(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
    },
    signal,
  );
  return ids;
}

/** @returns rows */
async function deleteSelected(
  database: Database,
  selections: readonly Selection[],
  answer: AnswerWriter,
): Promise<number> {
  const partitions = selections.reduce((sum, { ranges }) => sum + ranges.length, 0);
  let rows = 0;
  let partitionsDone = 0;
  for (const { table, series, ranges } of selections) {
    const condition = series && seriesCondition(series);
    for (const range of ranges) {
      answer.signal.throwIfAborted();
      const startedAt = performance.now();
      if (series?.length !== 0) rows += await deleteRows(database, table, range, condition);
      const progress: DeleteProgress = { rows, partitionsDone: ++partitionsDone, partitions };
      await answer.send(progress);
      if (partitionsDone === partitions) break;
      await Bun.sleep(Math.min(performance.now() - startedAt, PAUSE_MAX_MS));
    }
  }
  return rows;
}

/** Makes the series nobody's, some at a time. In between owners learn of those, and store what came meanwhile. @returns how many */
async function deleteSeries(
  parts: RecordDropParts,
  question: DeleteQuestion,
  table: Table,
  ids: readonly bigint[],
  signal: AbortSignal,
): Promise<number> {
  const { bus, database } = parts;
  let count = 0;
  for (let from = 0; from < ids.length; from += SERIES_AT_ONCE) {
    if (from > 0) await catchUp(bus, database, question, signal);
    const some = ids.slice(from, from + SERIES_AT_ONCE);
    count += await recordDeletedSeries(parts, table, some, signal);
  }
  return count;
}
