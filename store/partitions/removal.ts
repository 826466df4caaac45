import type { Database } from '../postgres.ts';

/** A time partition: the table `points.<name>`, of the table `points.m<tableId>`. */
export interface NamedPartition {
  readonly tableId: number;
  readonly name: string;
}

/**
 * Takes a partition away without holding up anybody. It is detached concurrently, for which PostgreSQL waits until nobody reads or writes
 * the table any more who began before, instead of making others wait behind a lock; then it is dropped. Can be interrupted anywhere,
 * also by its own death, and called again: it goes on where that stopped. Its range is free when this is done.
 *
 * @param database not in a transaction; its sessions should have a lock_timeout, which bounds every wait
 * @throws what PostgreSQL throws; isLockTimeout: somebody has used the table for long, try again later
 */
export async function removePartition(
  database: Database,
  { tableId, name }: NamedPartition,
): Promise<void> {
  // Nobody writes to it any more who reads this; rows that others still bring are lost with it, as those before them.
  await database`UPDATE overseer.partitions SET removing = true WHERE name = ${name}`;
  const [attached] = await database`
    SELECT inhdetachpending AS interrupted FROM pg_inherits
    WHERE inhrelid = to_regclass(${`points.${name}`})`;
  if (attached) {
    const how = attached.interrupted ? 'FINALIZE' : 'CONCURRENTLY';
    await database.unsafe(`ALTER TABLE points.m${tableId} DETACH PARTITION points.${name} ${how}`);
  }
  await database.unsafe(`DROP TABLE IF EXISTS points.${name}`);
  await database`DELETE FROM overseer.partitions WHERE name = ${name}`;
}

/** Partitions whose removal was begun, those first whose detaching was interrupted: PostgreSQL allows one of a table at a time. */
export async function readRemoving(database: Database): Promise<NamedPartition[]> {
  const rows = await database`
    SELECT p.measurement_id, p.name FROM overseer.partitions p
    LEFT JOIN pg_inherits i ON i.inhrelid = to_regclass('points.' || p.name)
    WHERE p.removing ORDER BY i.inhdetachpending DESC NULLS LAST, p.to_s`;
  return rows.map((row) => ({ tableId: row.measurement_id, name: row.name }));
}
