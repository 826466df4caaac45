import { BATCH_VERSION } from '@overseer/shared';
import { arrayLiteral, type Database } from './postgres.ts';
import type { Lease } from './shares.ts';

/** A partition that this process may write, as long as the epoch in the database is this one. */
export interface Claim {
  readonly partition: number;
  readonly epoch: bigint;
}

/** A lease with the time that is left of it. */
export interface TimedLease extends Lease {
  readonly leftMs: number;
}

/** Sessions of an owner have this name, with the partition behind it, in pg_stat_activity. */
export const sessionName = (owner: string, partition: number) =>
  `overseer-store ${owner} ${partition}`;

/** Stores that were not seen for so long are forgotten. */
const FORGET_AFTER = '1 hour';

/**
 * What one store says and reads in overseer.stores, overseer.leases and overseer.progress. All times are PostgreSQL's. Every statement
 * is a transaction of its own: a process that is stopped between two of them holds no lock.
 */
export class LeaseTable {
  constructor(
    private readonly database: Database,
    readonly owner: string,
    private readonly leaseMs: number,
  ) {}

  /** Makes the rows of all partitions. */
  async prepare(partitions: number): Promise<void> {
    // Only the missing ones: ON CONFLICT would wait for a transaction that holds such a row, maybe for ever.
    await this.database`
      INSERT INTO overseer.leases (partition, owner, epoch, until)
      SELECT p, '', 0, '-infinity' FROM generate_series(0, ${partitions - 1}) p
      WHERE NOT EXISTS (SELECT FROM overseer.leases WHERE partition = p) ON CONFLICT DO NOTHING`;
    await this.database`
      INSERT INTO overseer.progress (partition, stream, seq, epoch)
      SELECT p, '', 0, 0 FROM generate_series(0, ${partitions - 1}) p
      WHERE NOT EXISTS (SELECT FROM overseer.progress WHERE partition = p) ON CONFLICT DO NOTHING`;
    await this.database`
      DELETE FROM overseer.stores WHERE until < now() - ${FORGET_AFTER}::text::interval`;
  }

  /**
   * Says that this store is there and still has these partitions. One that lapsed is renewed as well, as long as nobody claimed it.
   * @returns those that it really has
   */
  async renew(partitions: readonly number[]): Promise<Claim[]> {
    const rows = await this.database`
      WITH lease AS (SELECT ${this.leaseMs} * interval '1 millisecond' AS lasts),
      present AS (
        INSERT INTO overseer.stores (owner, until, lasts, batch_version)
        SELECT ${this.owner}, now() + lasts, lasts, ${BATCH_VERSION} FROM lease
        ON CONFLICT (owner) DO UPDATE SET until = excluded.until
      )
      UPDATE overseer.leases l SET until = now() + lease.lasts, lasts = lease.lasts FROM lease
      WHERE owner = ${this.owner} AND partition = ANY(${arrayLiteral(partitions)}::text::int[])
      RETURNING partition, epoch`;
    return rows.map(claimOf);
  }

  /** Names of the stores that are there. */
  async stores(): Promise<string[]> {
    const rows = await this.database`
      SELECT owner FROM overseer.stores WHERE NOT overseer.lapsed(until, lasts)`;
    return rows.map((row) => String(row.owner));
  }

  /** The partitions from 0 to `partitions`. */
  async leases(partitions: number): Promise<TimedLease[]> {
    const rows = await this.database`
      SELECT partition, owner, overseer.lapsed(until, lasts) AS is_free,
        CASE WHEN isfinite(until) THEN (extract(epoch FROM until - now()) * 1000)::float8 ELSE 0 END AS left_ms
      FROM overseer.leases WHERE partition < ${partitions} ORDER BY partition`;
    return rows.map((row) => ({
      partition: row.partition,
      owner: row.owner,
      isFree: row.is_free,
      leftMs: row.left_ms,
    }));
  }

  /** Claims some of the partitions below `partitions` that are nobody's. */
  async claim(count: number, partitions: number): Promise<Claim[]> {
    const rows = await this.database`
      UPDATE overseer.leases l
      SET owner = ${this.owner}, epoch = l.epoch + 1, lasts = lease.lasts, until = now() + lease.lasts
      FROM (SELECT ${this.leaseMs} * interval '1 millisecond' AS lasts) lease, (
        SELECT partition FROM overseer.leases
        WHERE partition < ${partitions} AND overseer.lapsed(until, lasts)
        ORDER BY partition LIMIT ${count} FOR UPDATE SKIP LOCKED
      ) free
      WHERE l.partition = free.partition
      RETURNING l.partition, l.epoch`;
    return rows.map(claimOf);
  }

  /** Makes it anybody's. */
  async release({ partition, epoch }: Claim): Promise<void> {
    await this.database`
      UPDATE overseer.leases SET until = '-infinity'
      WHERE partition = ${partition} AND owner = ${this.owner} AND epoch = ${epoch}`;
  }

  /** Says that this store takes no partitions any more. */
  async leave(): Promise<void> {
    await this.database`DELETE FROM overseer.stores WHERE owner = ${this.owner}`;
  }

  /**
   * Locks out the owners before, where none of them is inside a transaction: raises the epochs that theirs must be.
   * @returns the epochs there now; partitions that are locked are left out
   */
  async fence(claims: readonly Claim[]): Promise<Claim[]> {
    const rows = await this.database`
      UPDATE overseer.progress p SET epoch = greatest(p.epoch, claim.epoch)
      FROM unnest(
        ${arrayLiteral(claims.map(({ partition }) => partition))}::text::int[],
        ${arrayLiteral(claims.map(({ epoch }) => epoch))}::text::bigint[]
      ) claim (partition, epoch)
      WHERE p.partition = claim.partition AND p.partition IN (
        SELECT partition FROM overseer.progress
        WHERE partition = ANY(${arrayLiteral(claims.map(({ partition }) => partition))}::text::int[])
        FOR UPDATE SKIP LOCKED
      )
      RETURNING p.partition, p.epoch`;
    return rows.map(claimOf);
  }

  /**
   * Ends the sessions of all owners of a partition, for who has claimed it and owns it not yet: the last one may have died before it
   * could fence the one before, and this process may be the one that had it before, with a statement that never ends.
   */
  async endSessions(partition: number): Promise<void> {
    await this.database`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE ${sessionName('%', partition)}`;
  }
}

const claimOf = (row: Record<string, unknown>): Claim => ({
  partition: Number(row.partition),
  epoch: BigInt(String(row.epoch)),
});
