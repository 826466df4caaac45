import {
  AnswerError,
  type Bus,
  BusUnavailableError,
  type Logger,
  MessageError,
} from '@overseer/shared';
import type { Catalogue } from './catalogue.ts';
import type { ProcessorMetrics } from './metrics.ts';
import { Outage } from './outage.ts';
import type { Position } from './positions.ts';
import { askSnapshot, type MeasurementName, type Snapshot } from './snapshot.ts';

/** The store is asked once a second at the most, and */
const ASK_INTERVAL_MS = 1000;
/** is at work on answers for a tenth of the time, unless that would make pauses too long. */
const ASK_SHARE = 0.1;
const PAUSE_MAX_MS = 10_000;
/** How often it is asked at least, for its positions alone: they show whether the last event came. */
const POSITIONS_INTERVAL_MS = 5000;
/** How often it is asked for everything: hints may be missing from events. */
const WHOLE_INTERVAL_MS = 60_000;
const ANSWER_MAX_MS = 60_000;
/** Measurements asked for by name; when more have changed, everything is asked for. The names fit one message. */
const NAMES_MAX = 1000;
const RETRY_MAX_MS = 2000;

export interface SnapshotsParts {
  readonly bus: Bus;
  readonly catalogue: Catalogue;
  readonly metrics: ProcessorMetrics;
  readonly log: Logger;
  /** Told what the store has committed, with each of its answers. */
  readonly onPositions: (positions: readonly Position[]) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Someone who waits for a question that is asked after he came. */
interface Waiter {
  /** Number of the first question that will do. */
  readonly question: number;
  readonly resolve: (snapshot: Snapshot) => void;
}

/**
 * Keeps the catalogue what the store says it is: asks for what changed, soon, and for everything now and then. It is the only
 * one who asks the store, so what that costs is bounded here. While the store is away it asks again and again.
 */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  readonly #outage: Outage;
  readonly #waiters = new Set<Waiter>();
  #wanted = new Wanted();
  /** Questions asked so far. */
  #questions = 0;
  #asking: AbortController | undefined;
  /** What the question under way is about. */
  #asked: Wanted | undefined;
  #earliestAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  readonly #endings: (() => void)[] = [];

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
    this.#outage = new Outage({
      log: parts.log,
      begun: 'the store gives no snapshot; asking until it does',
      ended: 'the store answers again',
      retryMaxMs: RETRY_MAX_MS,
    });
  }

  /** Measurements that the store is to be asked for. */
  get wanted(): number {
    return this.#wanted.names.size;
  }

  start(): void {
    const forget = this.#parts.bus.onReconnect(() => this.#startOver());
    const positions = setInterval(() => this.#schedule(true), POSITIONS_INTERVAL_MS);
    const whole = setInterval(() => this.wantAll(), WHOLE_INTERVAL_MS);
    this.#endings.push(
      forget,
      () => clearInterval(positions),
      () => clearInterval(whole),
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const end of this.#endings) end();
    this.#asking?.abort();
  }

  /** The catalogue may be wrong about a measurement. */
  want(db: string, measurement: string): void {
    this.#want((wanted) => wanted.add(db, measurement));
  }

  /** The catalogue may be wrong about any measurement, or lack one. */
  wantAll(): void {
    this.#want((wanted) => wanted.addAll());
  }

  /**
   * A snapshot of everything, asked for after now; the catalogue has it already.
   * @throws the signal's reason
   */
  whole(signal: AbortSignal): Promise<Snapshot> {
    this.wantAll();
    return this.#answer(signal);
  }

  /**
   * Waits until the catalogue has everything that is known to have changed.
   * @throws the signal's reason
   */
  async settled(signal: AbortSignal): Promise<void> {
    const isUnderWay = this.#asked !== undefined && !this.#asked.isEmpty;
    if (isUnderWay || !this.#wanted.isEmpty) await this.#answer(signal);
  }

  #want(add: (wanted: Wanted) => void): void {
    add(this.#wanted);
    this.#schedule(false);
  }

  async #answer(signal: AbortSignal): Promise<Snapshot> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Snapshot>();
    const question = this.#wanted.isEmpty ? this.#questions : this.#questions + 1;
    const waiter = { question, resolve };
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', abort);
    }
  }

  /** @param always also when nothing is wanted but positions */
  #schedule(always: boolean): void {
    if (this.#timer || this.#asking || this.#stopped) return;
    if (this.#wanted.isEmpty && !always) return;
    const waitMs = Math.max(0, this.#earliestAt - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ask().catch(this.#parts.onFatal);
    }, waitMs);
  }

  /** After a reconnect: an answer under way is lost, and there is no reason to wait any longer. */
  #startOver(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#earliestAt = 0;
    this.#schedule(false);
  }

  async #ask(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = new Wanted();
    const question = ++this.#questions;
    const asking = new AbortController();
    this.#asking = asking;
    this.#asked = wanted;
    const deadline = setTimeout(() => asking.abort(), ANSWER_MAX_MS);
    const askedAt = performance.now();
    this.#parts.catalogue.journal.open();
    try {
      const snapshot = await askSnapshot(this.#parts.bus, wanted.query, asking.signal);
      const answeredAt = performance.now();
      const pauseMs = Math.min((answeredAt - askedAt) / ASK_SHARE, PAUSE_MAX_MS);
      this.#earliestAt = Math.max(askedAt + ASK_INTERVAL_MS, answeredAt + pauseMs);
      this.#take(wanted, snapshot, question);
    } catch (error) {
      this.#wanted.merge(wanted);
      this.#fail(error, wanted);
    } finally {
      clearTimeout(deadline);
      this.#parts.catalogue.journal.close();
      this.#asking = undefined;
      this.#asked = undefined;
    }
    this.#schedule(false);
  }

  #take(wanted: Wanted, snapshot: Snapshot, question: number): void {
    const { catalogue, log, metrics, onPositions } = this.#parts;
    metrics.snapshots.inc({ extent: wanted.extent, outcome: 'taken' });
    this.#outage.over();
    const leftOut = catalogue.leftOut;
    if (wanted.query) catalogue.refresh(wanted.query, snapshot);
    else catalogue.replace(snapshot);
    if (leftOut === 0 && catalogue.leftOut > 0) {
      log.error({ leftOut: catalogue.leftOut }, 'the catalogue is full; it leaves out the rest');
    }
    onPositions(snapshot.positions);
    for (const waiter of this.#waiters) {
      if (waiter.question <= question) waiter.resolve(snapshot);
    }
  }

  #fail(error: unknown, wanted: Wanted): void {
    const { metrics } = this.#parts;
    const isPassing =
      error instanceof AnswerError ||
      error instanceof BusUnavailableError ||
      error instanceof MessageError;
    if (!isPassing) throw error;
    metrics.snapshots.inc({ extent: wanted.extent, outcome: 'failed' });
    if (this.#stopped) return;
    this.#earliestAt = performance.now() + this.#outage.failed(error);
  }
}

/** What the store is to be asked for. */
class Wanted {
  readonly names = new Map<string, MeasurementName>();
  #all = false;

  get isEmpty(): boolean {
    return !this.#all && this.names.size === 0;
  }

  get extent(): 'all' | 'some' | 'positions' {
    if (this.#all) return 'all';
    return this.names.size > 0 ? 'some' : 'positions';
  }

  /** Names to ask for; undefined: everything. */
  get query(): readonly MeasurementName[] | undefined {
    return this.#all ? undefined : [...this.names.values()];
  }

  add(db: string, measurement: string): void {
    if (this.#all) return;
    this.names.set(`${db}\0${measurement}`, [db, measurement]);
    if (this.names.size > NAMES_MAX) this.addAll();
  }

  addAll(): void {
    this.#all = true;
    this.names.clear();
  }

  merge(other: Wanted): void {
    if (other.#all) this.addAll();
    for (const [db, measurement] of other.names.values()) this.add(db, measurement);
  }
}
