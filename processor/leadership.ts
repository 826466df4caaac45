import { setTimeout as wait } from 'node:timers/promises';
import {
  type Bucket,
  type Bus,
  BusRequestError,
  BusUnavailableError,
  CONTROL_BUCKET,
  decodeProcessorLease,
  encodeProcessorLease,
  type Logger,
  MessageError,
  PROCESSOR_LEASE_KEY,
  PROCESSOR_LEASE_SUBJECT,
  type ProcessorLease,
  RevisionError,
  StreamReplacedError,
} from '@overseer/shared';
import type { ProcessorMetrics } from './metrics.ts';

/** How often the leader renews its lease, and */
const RENEWAL_INTERVAL_MS = 1000;
/** how often the others look whether it did. */
const LOOK_INTERVAL_MS = 250;
/** A lease that nobody was seen to renew for so long is free. Whoever looks measures it himself, so no two clocks are compared. */
const LEASE_MS = 3000;
/** Stands for a lease that is gone; those of NATS begin at 1. */
const REVISION_NONE = 0;
/** The leader counts on its lease for less long after it has asked for a renewal: it stops telling before another one starts. */
const LEASE_TRUSTED_MS = 2500;

export interface LeadershipParts {
  readonly bus: Bus;
  readonly metrics: ProcessorMetrics;
  readonly log: Logger;
  /** Names this process in the lease. */
  readonly holder: string;
  /** This process leads from now on, or again after it could not be sure: what happened before may not have been told. */
  readonly onLead: () => void;
  readonly onFatal: (error: unknown) => void;
}

/** The lease as this process has written it last. */
interface Held {
  readonly epoch: number;
  readonly revision: number;
  /** On this process' own clock, `performance.now()`. */
  readonly trustedUntil: number;
}

/**
 * Of several processors one tells updates: the one that holds the lease, a key of the control bucket which it changes each second
 * by compare-and-set on the revision. The others take it when they have not seen it change for a while, or at once when it was given
 * back. Each holder has a higher epoch than the one before, and its messages carry it: should a holder that was stopped
 * for a while still send something when it wakes, listeners know it for old.
 */
export class Leadership {
  readonly #parts: LeadershipParts;
  readonly #stopping = new AbortController();
  #bucket: Bucket | undefined;
  #held: Held | undefined;
  /** The revision that another holder's lease was seen at, and since when. */
  #seen: { readonly revision: number; readonly sinceMs: number } | undefined;
  /** Epochs only rise, also when the bucket was lost with the lease in it. */
  #epochMax = 0;
  /** The last that this process led with. */
  #ownEpoch = 0;
  /** Whether `onLead` was called for what is held, and nothing was in doubt since. */
  #isLeading = false;
  /** Since when the lease can't be read or written. */
  #failingSinceMs: number | undefined;
  /** Ends the pause between two looks. */
  #hurry = new AbortController();
  #running: Promise<void> = Promise.resolve();
  readonly #endings: (() => void)[] = [];

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
    parts.metrics.observe(
      'leader',
      '1 when this processor is the one of all that tells updates',
      () => (this.epoch === undefined ? 0 : 1),
    );
  }

  /** The epoch to tell updates with; undefined while this process must tell none. */
  get epoch(): number | undefined {
    const held = this.#held;
    return held && performance.now() < held.trustedUntil ? held.epoch : undefined;
  }

  /** Why nobody may be telling updates; undefined when this process knows who does. */
  get trouble(): string | undefined {
    const sinceMs = this.#failingSinceMs;
    if (sinceMs === undefined || performance.now() - sinceMs < LEASE_MS) return undefined;
    return `the lease of the processors, in bucket ${CONTROL_BUCKET}, can’t be read or written`;
  }

  /** Takes part from now on. */
  start(): void {
    const { bus, onFatal } = this.#parts;
    const hurry = () => this.#hurry.abort();
    this.#endings.push(bus.listen(PROCESSOR_LEASE_SUBJECT, hurry), bus.onReconnect(hurry));
    this.#running = this.#run().catch(onFatal);
  }

  /** Gives the lease back, if this process holds it, and says so: another one takes it at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hurry.abort();
    for (const end of this.#endings) end();
    await this.#running;
    const { bus, holder, log } = this.#parts;
    const held = this.#held;
    this.#held = undefined;
    if (!held || !bus.connected) return;
    try {
      const lease = encodeProcessorLease({ holder, epoch: held.epoch, released: true });
      await this.#bucket?.update(PROCESSOR_LEASE_KEY, lease, held.revision);
      bus.send(PROCESSOR_LEASE_SUBJECT, new Uint8Array(0));
    } catch (error) {
      if (!isPassing(error)) throw error;
      log.warn({ err: error }, 'the lease was not given back; another processor waits for its end');
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#turn();
        this.#failingSinceMs = undefined;
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#fail(error);
      }
      this.#noticeDoubt();
      await this.#pause(this.#held ? RENEWAL_INTERVAL_MS : LOOK_INTERVAL_MS);
    }
  }

  /** Renews what is held, or looks whether there is something to take. */
  async #turn(): Promise<void> {
    if (this.#held) await this.#write(this.#held.epoch, this.#held.revision);
    else await this.#look();
  }

  async #look(): Promise<void> {
    const askedAtMs = performance.now();
    const bucket = await this.#openBucket();
    const entry = await bucket.get(PROCESSOR_LEASE_KEY);
    if (!entry?.value) {
      // Another holder may not have noticed yet that the lease is gone, and still tell.
      const isOthers = this.#epochMax > this.#ownEpoch;
      if (isOthers && !this.#isUnchanged(REVISION_NONE, askedAtMs)) return;
      // Beyond any that was used before the bucket was lost, unless clocks were set back meanwhile, too.
      await this.#write(Math.max(this.#epochMax + 1, Date.now()), undefined);
      return;
    }
    const lease = leaseOf(entry.value);
    const { revision } = entry;
    this.#epochMax = Math.max(this.#epochMax, lease.epoch);
    // Its own: the answer to a change was lost.
    const isOwn = lease.holder === this.#parts.holder;
    if (isOwn || lease.released) {
      await this.#write(isOwn ? lease.epoch : this.#epochMax + 1, revision);
    } else if (this.#isUnchanged(revision, askedAtMs)) {
      await this.#write(this.#epochMax + 1, revision);
    }
  }

  /** Whether another holder's lease is as it was for so long that nobody counts on it any more. */
  #isUnchanged(revision: number, askedAtMs: number): boolean {
    if (this.#seen?.revision === revision) return askedAtMs - this.#seen.sinceMs >= LEASE_MS;
    this.#seen = { revision, sinceMs: performance.now() };
    return false;
  }

  /** Changes the lease, or makes it when it has no revision, unless another process was faster. */
  async #write(epoch: number, revision: number | undefined): Promise<void> {
    const { holder } = this.#parts;
    const askedAtMs = performance.now();
    const lease = encodeProcessorLease({ holder, epoch, released: false });
    try {
      const bucket = await this.#openBucket();
      const written = await (revision === undefined
        ? bucket.create(PROCESSOR_LEASE_KEY, lease)
        : bucket.update(PROCESSOR_LEASE_KEY, lease, revision));
      this.#epochMax = Math.max(this.#epochMax, epoch);
      this.#ownEpoch = epoch;
      this.#seen = undefined;
      // What was in doubt before the new lease is, stays so: it may have lapsed since the last look.
      this.#noticeDoubt();
      this.#held = { epoch, revision: written, trustedUntil: askedAtMs + LEASE_TRUSTED_MS };
      this.#lead();
    } catch (error) {
      if (!(error instanceof RevisionError)) throw error;
      this.#lose();
    }
  }

  #lead(): void {
    const { log, metrics, onLead } = this.#parts;
    const { epoch } = this;
    if (epoch === undefined || this.#isLeading) return;
    this.#isLeading = true;
    metrics.leaseChanges.inc({ change: 'led' });
    log.info({ epoch }, 'this processor tells updates from now on');
    onLead();
  }

  /** The lease is another's by now, or the bucket another one. */
  #lose(): void {
    const { log, metrics } = this.#parts;
    if (this.#held) {
      metrics.leaseChanges.inc({ change: 'lost' });
      log.warn(
        { epoch: this.#held.epoch },
        'the lease is no longer as this processor left it; it tells no updates',
      );
    }
    this.#held = undefined;
    this.#seen = undefined;
    this.#isLeading = false;
  }

  /** From the moment on that the lease can't be counted on, nothing is told: so what comes is missing, until `onLead` says it. */
  #noticeDoubt(): void {
    if (!this.#isLeading || this.epoch !== undefined) return;
    const { log, metrics } = this.#parts;
    this.#isLeading = false;
    metrics.leaseChanges.inc({ change: 'lapsed' });
    log.warn({ epoch: this.#held?.epoch }, 'the lease was not renewed in time; telling no updates');
  }

  #fail(error: unknown): void {
    if (this.#failingSinceMs === undefined) {
      this.#failingSinceMs = performance.now();
      this.#parts.log.warn({ err: error }, 'the lease can’t be had; trying until it can');
    }
    // It may be another bucket by now.
    this.#bucket = undefined;
  }

  async #openBucket(): Promise<Bucket> {
    this.#bucket ??= await this.#parts.bus.bucket(CONTROL_BUCKET);
    return this.#bucket;
  }

  async #pause(forMs: number): Promise<void> {
    const { signal } = this.#hurry;
    await wait(forMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted && !this.#stopping.signal.aborted) this.#hurry = new AbortController();
  }
}

/** One that can't be read is nobody's: it is taken when it does not change. */
function leaseOf(value: Uint8Array): ProcessorLease {
  try {
    return decodeProcessorLease(value);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { holder: '', epoch: Date.now(), released: false };
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof BusUnavailableError ||
    error instanceof BusRequestError ||
    error instanceof StreamReplacedError ||
    error instanceof RevisionError
  );
}
