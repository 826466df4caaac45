import {
  AnswerError,
  type Bucket,
  type Bus,
  type DropQuestion,
  type Logger,
  POINTS_STREAM,
} from '@overseer/shared';
import { SCHEMA_LOCK, type Table } from '../catalogue.ts';
import { retryLocked } from '../locks.ts';
import {
  arrayLiteral,
  type Database,
  identifier,
  isLockTimeout,
  type Transaction,
} from '../postgres.ts';

/** A view that somebody reads stays until its table goes; nobody writes while this waits. */
const VIEW_LOCK_WAIT_MS = 20;

export interface RecordDropParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly schema: Bucket;
  readonly log: Logger;
}

export interface RecordedDrop {
  readonly id: bigint;
  readonly tableIds: readonly number[];
}

/**
 * The moment of a drop: one transaction, during which no owner of a partition is inside one of its own. So whatever is stored lies at or
 * before the end of the stream that is read meanwhile, and whatever is published after it is from after the drop. What it names is out
 * of the catalogue then; tables and bucket follow.
 * @throws AnswerError unavailable, canceled; what PostgreSQL and the bus throw
 */
export function recordDrop(
  { bus, database, schema, log }: RecordDropParts,
  question: DropQuestion,
  signal: AbortSignal,
): Promise<RecordedDrop> {
  return retryLocked(database, log, async (transaction) => {
    signal.throwIfAborted();
    await stopOwners(transaction);
    const points = await bus.stream(POINTS_STREAM);
    if (!points)
      throw new AnswerError('unavailable', `there is no stream ${POINTS_STREAM}: ask again`);
    const [row] = await transaction`
      INSERT INTO overseer.dropped (database, measurement, stream, upto, schema_upto)
      VALUES (${question.db}, ${question.measurement ?? null}, ${points.created}, ${points.lastSequence},
        ${await schema.lastRevision()})
      RETURNING id`;
    const id: bigint = row?.id;
    const tableIds = await removeFromCatalogue(transaction, id, question);
    await raiseGeneration(transaction, id);
    return { id, tableIds };
  });
}

/** Waits until no owner is inside a transaction, and keeps them all out until the end of this one. Tables don't change either. */
export async function stopOwners(transaction: Transaction): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
  await transaction`SELECT FROM overseer.progress ORDER BY partition FOR UPDATE`;
}

/** From now on no owner moves its position without having heard of this drop. */
export async function raiseGeneration(transaction: Transaction, id: bigint): Promise<void> {
  await transaction`UPDATE overseer.progress SET generation = ${id}`;
  await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
}

/** @returns the measurements' numbers */
async function removeFromCatalogue(
  transaction: Transaction,
  id: bigint,
  { db, measurement }: DropQuestion,
): Promise<number[]> {
  // Locked before anything is deleted that belongs to them: a time partition may be in the making.
  const rows = await transaction`
    SELECT m.id, m.view_name
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    WHERE d.name = ${db} AND (${measurement ?? null}::text IS NULL OR m.name = ${measurement ?? null})
    FOR UPDATE`;
  const tableIds = rows.map((row) => Number(row.id));
  const ids = arrayLiteral(tableIds);
  await transaction`
    INSERT INTO overseer.dropped_tables (measurement_id, dropped_id, view_name)
    SELECT id, ${id}, view_name FROM overseer.measurements WHERE id = ANY(${ids}::text::int[])`;
  await transaction`DELETE FROM overseer.fields WHERE measurement_id = ANY(${ids}::text::int[])`;
  await transaction`DELETE FROM overseer.newest WHERE measurement_id = ANY(${ids}::text::int[])`;
  await transaction`DELETE FROM overseer.partitions WHERE measurement_id = ANY(${ids}::text::int[])`;
  await transaction`DELETE FROM overseer.measurements WHERE id = ANY(${ids}::text::int[])`;
  await transaction`
    DELETE FROM overseer.parked
    WHERE database = ${db} AND (${measurement ?? null}::text IS NULL OR measurement = ${measurement ?? null})`;
  const [database] = await transaction`
    SELECT schema_name FROM overseer.databases WHERE name = ${db}`;
  const schema: string | undefined = database?.schema_name;
  if (schema === undefined) return tableIds;
  if (measurement === undefined) await removeDatabase(transaction, id, db, schema);
  else for (const row of rows) await dropView(transaction, row.id, schema, row.view_name);
  return tableIds;
}

/** The schema gives up its name at once, which locks none of its views: the next database of that name takes it. */
async function removeDatabase(
  transaction: Transaction,
  id: bigint,
  db: string,
  schema: string,
): Promise<void> {
  await transaction`DELETE FROM overseer.databases WHERE name = ${db}`;
  const [found] = await transaction`SELECT FROM pg_namespace WHERE nspname = ${schema}`;
  if (!found) return;
  const name = `overseer_dropped_${id}`;
  await transaction.unsafe(`ALTER SCHEMA ${identifier(schema)} RENAME TO ${identifier(name)}`);
  await transaction`UPDATE overseer.dropped SET schema_name = ${name} WHERE id = ${id}`;
}

/** Views that others built on it go with it. While somebody reads it, it stays, and its name is taken. */
async function dropView(
  transaction: Transaction,
  tableId: number,
  schema: string,
  view: string,
): Promise<void> {
  try {
    await transaction.savepoint(async (savepoint) => {
      await savepoint.unsafe(`SET LOCAL lock_timeout = ${VIEW_LOCK_WAIT_MS}`);
      await savepoint.unsafe(
        `DROP VIEW IF EXISTS ${identifier(schema)}.${identifier(view)} CASCADE`,
      );
    });
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    return;
  }
  await transaction`
    UPDATE overseer.dropped_tables SET view_name = NULL WHERE measurement_id = ${tableId}`;
}

/**
 * The moment in which series of a table become nobody's: labels and counts don't have them any more, owners forget them, and points that
 * come for them bring them back.
 * @param ids as PostgreSQL has them
 * @returns how many there were
 */
export function recordDeletedSeries(
  { database, log }: Pick<RecordDropParts, 'database' | 'log'>,
  table: Table,
  ids: readonly bigint[],
  signal: AbortSignal,
): Promise<number> {
  return retryLocked(database, log, async (transaction) => {
    signal.throwIfAborted();
    await stopOwners(transaction);
    const [row] = await transaction`
      INSERT INTO overseer.dropped (database, measurement, series_of, stream, upto, schema_upto, told)
      VALUES (${table.database}, ${table.measurement}, ${table.id}, '', 0, 0, true) RETURNING id`;
    const id: bigint = row?.id;
    const deleted = await transaction`
      UPDATE overseer.series SET measurement_id = ${-id}
      WHERE id = ANY(${arrayLiteral(ids)}::text::bigint[]) AND measurement_id = ${table.id}`;
    await raiseGeneration(transaction, id);
    return deleted.count;
  });
}
