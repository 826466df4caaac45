import type { Logger } from '@overseer/shared';
import { type Claim, LeaseTable } from './lease-table.ts';
import { type Database, isOutage } from './postgres.ts';
import { shareOf } from './shares.ts';

export { type Claim, sessionName } from './lease-table.ts';

export interface LeaseCallbacks {
  onClaimed(claim: Claim): void;
  /** Another process has it now. */
  onLost(partition: number): void;
  /** Another store is to have it: resolves when this one writes to it no more. Never rejects. */
  onGivenUp(partition: number): Promise<void>;
  onFatal(error: unknown): void;
}

/** How the stores tell each other that leases changed. A word that is lost costs no more than a part of a lease. */
export interface LeaseNews {
  tell(): void;
  /** @returns what ends it */
  listen(onNews: () => void): () => void;
}

/** How often leases are renewed, as a part of their length. */
const RENEWALS_PER_LEASE = 4;
/** How long an owner whose lease ended may take to finish its transaction before its session is ended. */
const FENCE_WAIT_MS = 500;
const FENCE_RETRY_MS = 25;
/** Behind the end of another's lease, so that it is over by PostgreSQL's clock. */
const LAPSE_MARGIN_MS = 20;

/** What has happened to leases since the start. */
export interface LeaseCounts {
  claimed: number;
  /** Of those claimed: another store had them and did not renew them. */
  takenOver: number;
  givenUp: number;
  /** Gone to another store, or not renewed because PostgreSQL was away. */
  lost: number;
}

interface Held {
  readonly claim: Claim;
  /** Claimed, and not yet fenced; owned; or about to be another's. */
  phase: 'claimed' | 'owned' | 'given up';
}

/**
 * Which partitions this process owns: its share among the stores that are there. A lease that is not renewed in time is anybody's; the
 * epoch that a claim raises in overseer.progress makes every transaction of the owner before fail, however late it wakes up.
 */
export class Leases {
  readonly owner = crypto.randomUUID().slice(0, 8);
  readonly #table: LeaseTable;
  readonly #news: LeaseNews;
  readonly #log: Logger;
  readonly #leaseMs: number;
  readonly #callbacks: LeaseCallbacks;
  readonly #held = new Map<number, Held>();
  readonly #counts: LeaseCounts = { claimed: 0, takenOver: 0, givenUp: 0, lost: 0 };
  /** Claims and hand-overs under way. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #partitions = 0;
  /** When this process last was sure of its leases, by the monotonic clock. */
  #renewedAt = 0;
  /** Ends the pause between two rounds. */
  #wake: () => void = () => undefined;
  #hasNews = false;

  /** @param database connections for leases alone: whoever renews must not queue behind changes of tables that wait for locks */
  constructor(
    database: Database,
    news: LeaseNews,
    log: Logger,
    leaseMs: number,
    callbacks: LeaseCallbacks,
  ) {
    this.#table = new LeaseTable(database, this.owner, leaseMs);
    this.#news = news;
    this.#log = log;
    this.#leaseMs = leaseMs;
    this.#callbacks = callbacks;
  }

  /** Partitions that this store writes to. */
  get held(): number {
    return this.#held
      .values()
      .filter(({ phase }) => phase !== 'claimed')
      .toArray().length;
  }

  get counts(): Readonly<LeaseCounts> {
    return this.#counts;
  }

  /** The epochs of the partitions that this store has. */
  get epochs(): ReadonlyMap<number, bigint> {
    return new Map(Array.from(this.#held, ([partition, { claim }]) => [partition, claim.epoch]));
  }

  /** Makes the rows of all partitions, claims what is free, and goes on doing so. */
  async start(partitions: number): Promise<void> {
    this.#partitions = partitions;
    await this.#table.prepare(partitions);
    await this.#renew();
    // Those that have more than their share now learn that they do.
    this.#news.tell();
    this.#following = this.#follow();
  }

  /** Gives everything back, each partition as soon as its transaction under way is done, so that a successor need not wait. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#following;
    const leaving = this.#table.leave();
    for (const held of this.#held.values()) this.#giveUp(held);
    const [left] = await Promise.allSettled([leaving, ...this.#underWay]);
    if (left.status === 'rejected' && !isOutage(left.reason)) throw left.reason;
  }

  /** Gives up one partition after its owner found that it was fenced. */
  drop(partition: number): void {
    const held = this.#held.get(partition);
    if (!held) return;
    this.#held.delete(partition);
    this.#counts.lost++;
    if (held.phase === 'owned') this.#callbacks.onLost(partition);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const unlisten = this.#news.listen(() => {
      this.#hasNews = true;
      this.#wake();
    });
    while (!signal.aborted) {
      this.#hasNews = false;
      const pauseMs = await this.#round();
      if (!signal.aborted && !this.#hasNews) await this.#pause(pauseMs);
    }
    unlisten();
  }

  /** @returns how long until the next one, milliseconds */
  async #round(): Promise<number> {
    const intervalMs = this.#leaseMs / RENEWALS_PER_LEASE;
    try {
      await this.#renew();
      return Math.min(intervalMs, await this.#balance());
    } catch (error) {
      if (isOutage(error)) {
        this.#log.warn({ err: error }, 'leases not renewed');
        this.#expire();
      } else this.#callbacks.onFatal(error);
      return intervalMs;
    }
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #renew(): Promise<void> {
    const startedAt = performance.now();
    const before = [...this.#held.values()];
    const claims = await this.#table.renew(before.map(({ claim }) => claim.partition));
    const epochs = new Map(claims.map(({ partition, epoch }) => [partition, epoch]));
    for (const { claim } of before) {
      if (epochs.get(claim.partition) !== claim.epoch) this.drop(claim.partition);
    }
    this.#renewedAt = startedAt;
  }

  /** Without the database nobody can be asked: after the length of a lease another process may own what this one held. */
  #expire(): void {
    if (performance.now() - this.#renewedAt < this.#leaseMs) return;
    for (const partition of [...this.#held.keys()]) this.drop(partition);
  }

  /**
   * Takes what is missing from this store's share, or gives up what is beyond it.
   * @returns how long until the next of the others' leases ends unless it is renewed, milliseconds
   */
  async #balance(): Promise<number> {
    const leases = await this.#table.leases(this.#partitions);
    const share = shareOf(this.owner, await this.#table.stores(), leases);
    const kept = [...this.#held.values()].filter(({ phase }) => phase !== 'given up');
    for (const held of kept.slice(share)) this.#giveUp(held);
    const missing = share - this.#held.size;
    if (missing > 0 && leases.some(({ isFree }) => isFree) && !this.#stop.signal.aborted) {
      const claims = await this.#table.claim(missing, this.#partitions);
      const lapsed = leases.filter(({ owner, leftMs }) => owner !== this.owner && leftMs < 0);
      this.#counts.claimed += claims.length;
      this.#counts.takenOver += claims.filter((claim) =>
        lapsed.some(({ partition }) => partition === claim.partition),
      ).length;
      if (claims.length > 0) this.#keep(this.#takeOver(claims));
    }
    const others = leases.filter(({ owner, isFree }) => !isFree && owner !== this.owner);
    return Math.min(...others.map(({ leftMs }) => leftMs)) + LAPSE_MARGIN_MS;
  }

  /**
   * Waits until the owners before are locked out. One of them may hold the row in a transaction that it will never end (stopped, or cut
   * off): then its session is ended.
   */
  async #takeOver(claims: readonly Claim[]): Promise<void> {
    const startedAt = performance.now();
    for (const claim of claims) this.#held.set(claim.partition, { claim, phase: 'claimed' });
    for (let waiting = claims; ; await Bun.sleep(FENCE_RETRY_MS)) {
      waiting = waiting.filter((claim) => this.#held.get(claim.partition)?.claim === claim);
      if (waiting.length === 0) return;
      try {
        const fenced = await this.#table.fence(waiting);
        for (const { partition, epoch } of fenced) this.#own(partition, epoch);
        const isTooLong = performance.now() - startedAt >= FENCE_WAIT_MS;
        waiting = waiting.filter((claim) => this.#held.get(claim.partition)?.phase === 'claimed');
        for (const { partition } of isTooLong ? waiting : []) {
          this.#log.warn({ partition }, 'ending the sessions of owners that do not answer');
          await this.#table.endSessions(partition);
        }
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.#log.warn({ err: error }, 'partitions not taken over; trying again');
      }
    }
  }

  #own(partition: number, epoch: bigint): void {
    const held = this.#held.get(partition);
    if (held?.phase !== 'claimed') return;
    // Somebody else claimed it after this process, and was faster.
    if (held.claim.epoch !== epoch) {
      this.drop(partition);
      return;
    }
    held.phase = 'owned';
    this.#log.info({ partition, epoch: Number(epoch) }, 'partition claimed');
    this.#callbacks.onClaimed(held.claim);
  }

  /** The lease goes on until the owner has ended: nobody else need be fenced off by force. */
  #giveUp(held: Held): void {
    const { claim, phase } = held;
    if (phase === 'given up') return;
    held.phase = 'given up';
    this.#counts.givenUp++;
    const ended = phase === 'owned' ? this.#callbacks.onGivenUp(claim.partition) : undefined;
    this.#keep(this.#release(claim, ended));
  }

  async #release(claim: Claim, ended: Promise<void> | undefined): Promise<void> {
    await ended;
    if (this.#held.get(claim.partition)?.claim === claim) this.#held.delete(claim.partition);
    try {
      await this.#table.release(claim);
      this.#news.tell();
      this.#log.info({ partition: claim.partition }, 'partition given up');
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#log.warn(
        { err: error },
        'a partition was not given back: it is free when its lease ends',
      );
    }
  }

  #keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => this.#callbacks.onFatal(error))
      .finally(() => this.#underWay.delete(kept));
    this.#underWay.add(kept);
  }
}
