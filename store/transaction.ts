import { inStatement, type Span, startStatement } from '@overseer/shared/tracing';
import type { RowEncoder } from '@overseer/wasm';
import { copyIn } from './copy-in.ts';
import { copyTarget, countRows, encodeRows } from './copy-rows.ts';
import { UnknownDropError } from './deletion/drop-list.ts';
import { mergeLate } from './late-rows.ts';
import type { Claim } from './leases.ts';
import type { NewSeries } from './new-series.ts';
import { deleteParked, insertParked } from './parking/parked-rows.ts';
import type { Collision, Plan, TablePlan } from './plan.ts';
import { arrayLiteral, type Database, type Transaction } from './postgres.ts';
import { registerSeries, registerTombstones } from './series-registration.ts';
import type { StageTimes } from './stage-times.ts';

/** The partition has another owner: what this process wanted to write must not be written. */
export class FencedError extends Error {
  override name = 'FencedError';
}

export interface TransactionParts {
  readonly database: Database;
  readonly encoder: RowEncoder;
  /** Where the time of this transaction goes. */
  readonly times: StageTimes;
  readonly claim: Claim;
  /** How many there are of the partitions. */
  readonly partitionCount: number;
  /** Which stream the position is of. */
  readonly stream: string;
  /** Number of the newest drop that plans take into account, as the position has it. */
  readonly generation: bigint;
}

/** Stores the rows of a plan; gives what of it was stored. */
export type StoreTables = (transaction: Transaction) => Promise<readonly TablePlan[]>;

/**
 * Carries out a plan in one transaction: position, series, rows. Either all of it is committed, or nothing.
 * @param storeTables how rows are stored, when not all of the plan's together
 * @returns number of the transaction, counted for the partition
 * @throws FencedError when another process owns the partition; UnknownDropError when the plan is older than a drop; what PostgreSQL
 *   throws
 */
export async function commitPlan(
  parts: TransactionParts,
  plan: Plan,
  series: NewSeries,
  storeTables: StoreTables = async (transaction) => {
    for (const table of plan.tables) await storeTable(transaction, parts, table);
    return plan.tables;
  },
): Promise<number> {
  let committingSince = 0;
  let number = 0;
  // Not recorded when it fails: then the span around all of it says so.
  let commit: Span | undefined;
  await parts.database.begin(async (transaction) => {
    number = await inStatement({ operation: 'UPDATE', table: 'overseer.progress' }, () =>
      movePosition(transaction, parts, plan),
    );
    await registerTombstones(transaction, plan.tombstones);
    await registerSeries(transaction, series);
    await recordCollisions(transaction, plan.collisions);
    await park(transaction, parts, plan);
    const stored = await storeTables(transaction);
    await inStatement({ operation: 'INSERT', table: 'overseer.newest' }, () =>
      recordWrites(transaction, parts.claim.partition, stored),
    );
    commit = startStatement({ operation: 'COMMIT' });
    committingSince = performance.now();
  });
  commit?.end();
  parts.times.ended('commit', committingSince);
  return number;
}

/**
 * First in the transaction: it locks the row, so that two owners can't both be inside, nor an owner and a drop. Gives the number of the
 * transaction.
 */
async function movePosition(
  transaction: Transaction,
  parts: TransactionParts,
  plan: Plan,
): Promise<number> {
  const { claim, stream, generation } = parts;
  const [moved] = await transaction`
    UPDATE overseer.progress SET seq = ${plan.to}, commits = commits + 1
    WHERE partition = ${claim.partition} AND stream = ${stream}
      AND seq = ${plan.from} AND epoch = ${claim.epoch} AND generation = ${generation}
    RETURNING commits`;
  if (!moved) throw await whyNotMoved(transaction, parts, plan.from);
  return Number(moved.commits);
}

async function whyNotMoved(
  transaction: Transaction,
  { claim, stream, generation }: TransactionParts,
  from: number,
): Promise<Error> {
  const { partition, epoch } = claim;
  const [row] = await transaction`
    SELECT FROM overseer.progress
    WHERE partition = ${partition} AND stream = ${stream} AND seq = ${from} AND epoch = ${epoch}`;
  return row
    ? new UnknownDropError(`partition ${partition} has heard of a drop beyond ${generation}`)
    : new FencedError(`partition ${partition} moved on without epoch ${epoch}`);
}

async function park(
  transaction: Transaction,
  { claim, partitionCount, stream }: TransactionParts,
  { parked, unparked }: Plan,
): Promise<void> {
  const { partition } = claim;
  await deleteParked(transaction, unparked);
  await insertParked(transaction, { partition, partitions: partitionCount, stream }, parked);
}

async function recordCollisions(
  transaction: Transaction,
  collisions: readonly Collision[],
): Promise<void> {
  for (const { id, check, tableId, tags } of collisions) {
    await transaction`
      INSERT INTO overseer.collisions (id, "check", measurement_id, tags)
      VALUES (${id}, ${check}, ${tableId}, ${tags}::text::jsonb) ON CONFLICT DO NOTHING`;
  }
}

/** Plain rows before late ones: a late row may rewrite a plain one of the same transaction, never the other way round. */
export async function storeTable(
  transaction: Transaction,
  { encoder, times }: Pick<TransactionParts, 'encoder' | 'times'>,
  { table, plain, late, lateTimes }: TablePlan,
): Promise<void> {
  if (plain.length > 0) {
    const { columns, target } = copyTarget(table, plain);
    const rows = encodeRows(encoder, plain, target);
    const into = `${table.name} (${columns.join(', ')})`;
    await times.measure('copy', () => copyIn(transaction, into, rows, countRows(plain)));
  }
  if (late.length > 0) {
    await times.measure('merge', () => mergeLate(transaction, encoder, table, late, lateTimes));
  }
}

/** What a transaction adds to `overseer.newest`. */
interface Written {
  rows: number;
  merged: number;
  newestNs: bigint;
}

/**
 * Keeps the bound that a restarted store starts from above every row: of plain ones, and of late ones too, because a time that was
 * raised by a transaction that failed makes new rows late. Counts the rows besides, and says when they came: last in the
 * transaction, this is the time of the commit, nearly.
 */
async function recordWrites(
  transaction: Transaction,
  partition: number,
  tables: readonly TablePlan[],
): Promise<void> {
  const written = new Map<number, Written>();
  for (const { table, event } of tables) {
    const { rows, merged, timeMaxNs } = event;
    if (rows + merged === 0) continue;
    const known = written.get(table.id) ?? { rows: 0, merged: 0, newestNs: timeMaxNs };
    known.rows += rows + merged;
    known.merged += merged;
    if (timeMaxNs > known.newestNs) known.newestNs = timeMaxNs;
    written.set(table.id, known);
  }
  if (written.size === 0) return;
  const columns = [...written.values()];
  await transaction`
    INSERT INTO overseer.newest
      (partition, measurement_id, time_max_ns, rows, merged, written_at, first_written_at, counted_since)
    SELECT ${partition}::int, table_rows.*, clock.at, clock.at, clock.at FROM unnest(
      ${arrayLiteral([...written.keys()])}::text::int[],
      ${arrayLiteral(columns.map(({ newestNs }) => newestNs))}::text::bigint[],
      ${arrayLiteral(columns.map(({ rows }) => rows))}::text::bigint[],
      ${arrayLiteral(columns.map(({ merged }) => merged))}::text::bigint[]) AS table_rows,
      (SELECT clock_timestamp() AS at) AS clock
    ON CONFLICT (partition, measurement_id) DO UPDATE
    SET time_max_ns = greatest(newest.time_max_ns, excluded.time_max_ns), written_at = excluded.written_at,
      rows = newest.rows + excluded.rows, merged = newest.merged + excluded.merged`;
}
