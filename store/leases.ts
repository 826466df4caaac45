import type { Logger } from '@overseer/shared';
import { arrayLiteral, type Database, isLockTimeout, isOutage } from './postgres.ts';

/** A partition that this process may write, as long as the epoch in the database is this one. */
export interface Claim {
  readonly partition: number;
  readonly epoch: bigint;
}

export interface LeaseCallbacks {
  onClaimed(claim: Claim): void;
  /** Another process has it now. */
  onLost(partition: number): void;
  onFatal(error: unknown): void;
}

/** How often leases are renewed, as a part of their length. */
const RENEWALS_PER_LEASE = 4;
const TAKEOVER_LOCK_WAIT_MS = 500;

/** Sessions of an owner have this name, with the partition behind it, in pg_stat_activity. */
export const sessionName = (owner: string, partition: number) =>
  `overseer-store ${owner} ${partition}`;

/**
 * Which partitions this process owns. A lease that is not renewed in time is anybody's; the epoch that a claim raises in
 * overseer.progress makes every transaction of the owner before fail, however late it wakes up.
 */
export class Leases {
  readonly owner = crypto.randomUUID().slice(0, 8);
  readonly #database: Database;
  readonly #log: Logger;
  readonly #leaseMs: number;
  readonly #callbacks: LeaseCallbacks;
  readonly #held = new Map<number, bigint>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #partitions = 0;
  /** When this process last was sure of its leases. */
  #renewedAt = 0;

  constructor(database: Database, log: Logger, leaseMs: number, callbacks: LeaseCallbacks) {
    this.#database = database;
    this.#log = log;
    this.#leaseMs = leaseMs;
    this.#callbacks = callbacks;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Makes the rows of all partitions, claims what is free, and goes on doing so. */
  async start(partitions: number): Promise<void> {
    this.#partitions = partitions;
    // Only the missing ones: ON CONFLICT would wait for a transaction that holds such a row, maybe for ever.
    await this.#database`
      INSERT INTO overseer.leases (partition, owner, epoch, until)
      SELECT p, '', 0, '-infinity' FROM generate_series(0, ${partitions - 1}) p
      WHERE NOT EXISTS (SELECT FROM overseer.leases WHERE partition = p) ON CONFLICT DO NOTHING`;
    await this.#database`
      INSERT INTO overseer.progress (partition, stream, seq, epoch)
      SELECT p, '', 0, 0 FROM generate_series(0, ${partitions - 1}) p
      WHERE NOT EXISTS (SELECT FROM overseer.progress WHERE partition = p) ON CONFLICT DO NOTHING`;
    await this.#round();
  }

  /** Gives everything back, so that a successor need not wait. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#held.clear();
    await this.#database`
      UPDATE overseer.leases SET until = '-infinity' WHERE owner = ${this.owner}`;
  }

  /** Gives up one partition after its owner found that it was fenced. */
  drop(partition: number): void {
    if (this.#held.delete(partition)) this.#callbacks.onLost(partition);
  }

  async #round(): Promise<void> {
    try {
      await this.#renew();
      await this.#claimFree();
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#log.warn({ err: error }, 'leases not renewed');
      this.#expire();
    }
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round().catch((error: unknown) => this.#callbacks.onFatal(error));
    }, this.#leaseMs / RENEWALS_PER_LEASE);
  }

  async #renew(): Promise<void> {
    const startedAt = Date.now();
    const rows = await this.#database`
      UPDATE overseer.leases SET until = now() + ${this.#leaseMs} * interval '1 millisecond'
      WHERE owner = ${this.owner} AND partition = ANY(${arrayLiteral([...this.#held.keys()])}::text::int[]) AND until > now()
      RETURNING partition, epoch`;
    const epochs = new Map(rows.map((row) => [row.partition as number, row.epoch as bigint]));
    for (const [partition, epoch] of this.#held) {
      if (epochs.get(partition) !== epoch) this.drop(partition);
    }
    this.#renewedAt = startedAt;
  }

  /** Without the database nobody can be asked: after the length of a lease another process may own what this one held. */
  #expire(): void {
    if (Date.now() - this.#renewedAt < this.#leaseMs) return;
    for (const partition of [...this.#held.keys()]) this.drop(partition);
  }

  async #claimFree(): Promise<void> {
    const rows = await this.#database`
      UPDATE overseer.leases l
      SET owner = ${this.owner}, epoch = l.epoch + 1,
        until = now() + ${this.#leaseMs} * interval '1 millisecond'
      FROM (
        SELECT partition, owner FROM overseer.leases
        WHERE until < now() AND partition < ${this.#partitions} FOR UPDATE SKIP LOCKED
      ) free
      WHERE l.partition = free.partition
      RETURNING l.partition, l.epoch, free.owner AS before`;
    for (const row of rows) {
      if (this.#stopped) return;
      await this.#fence(row.partition, row.epoch, row.before);
      this.#held.set(row.partition, row.epoch);
      this.#log.info({ partition: row.partition, epoch: Number(row.epoch) }, 'partition claimed');
      this.#callbacks.onClaimed({ partition: row.partition, epoch: row.epoch });
    }
  }

  /**
   * Raises the epoch. The owner before may hold the row in a transaction that it will never end (stopped, or cut off): then its
   * session is ended.
   */
  async #fence(partition: number, epoch: bigint, before: string): Promise<void> {
    for (;;) {
      try {
        await this.#database.begin(async (transaction) => {
          await transaction.unsafe(`SET LOCAL lock_timeout = ${TAKEOVER_LOCK_WAIT_MS}`);
          await transaction`
            UPDATE overseer.progress SET epoch = ${epoch}
            WHERE partition = ${partition} AND epoch < ${epoch}`;
        });
        return;
      } catch (error) {
        if (!isLockTimeout(error)) throw error;
        this.#log.warn({ partition, before }, 'ending the sessions of owners that do not answer');
        // Of any owner before: the last one may have died before it could fence the one that holds the row.
        await this.#database`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE ${sessionName('%', partition)}
            AND application_name <> ${sessionName(this.owner, partition)}`;
      }
    }
  }
}
