import {
  type Bus,
  BusUnavailableError,
  encodeUpdate,
  UPDATES_RESET_SUBJECT,
  UPDATES_SUBJECTS,
  type Update,
  type UpdatesReset,
  updatesSubject,
} from '@overseer/shared';
import {
  activeSpan,
  inSpan,
  LINKS_MAX,
  messagingAttributes,
  type SpanContext,
  SpanKind,
  traceHeaders,
} from '@overseer/shared/tracing';
import { type Change, mergeChanges, updateOf } from './change.ts';
import type { ProcessorMetrics } from './metrics.ts';

/** Ten updates a second for a measurement are what eyes can follow. */
const UPDATE_INTERVAL_MS = 100;
/** Measurements that changed within one interval; with more of them a reset says it in one message. */
export const WINDOWS_MAX = 8192;
/** Changes are not told one by one for so long after that; another reset tells of them at its end. */
const FLOOD_MS = 1000;

/** The time after an update of a measurement in which further changes wait. */
interface Window {
  readonly endsAt: number;
  /** What happened since the update. */
  pending: Change | undefined;
  /** Spans that what is pending was processed in, when that is recorded. */
  origins: SpanContext[];
}

export interface UpdateFeedParts {
  readonly bus: Pick<Bus, 'send'>;
  readonly metrics: ProcessorMetrics;
  /** Names this process in each message. */
  readonly source: string;
  /** The epoch to tell with; undefined while another processor tells. Asked right before each message. */
  readonly epoch: () => number | undefined;
}

/**
 * Tells changes to whoever listens: the first of a quiet measurement at once, then at most ten updates a second for each, and
 * none is left out. While another processor tells, it tells nothing and keeps nothing: who comes to lead begins with a reset.
 */
export class UpdateFeed {
  readonly #parts: UpdateFeedParts;
  /** By subject, in the order of their ends: all are of one length. */
  readonly #windows = new Map<string, Window>();
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Until when changes are not told one by one; undefined: they are. */
  #floodEndsAt: number | undefined;
  #isResetDue = false;

  constructor(parts: UpdateFeedParts) {
    this.#parts = parts;
  }

  /** Measurements that were told of within the last interval. */
  get windows(): number {
    return this.#windows.size;
  }

  add(change: Change): void {
    if (this.#parts.epoch() === undefined) return;
    const subject = updatesSubject(change.db, change.measurement);
    const window = this.#windows.get(subject);
    const origin = activeSpan()?.spanContext();
    if (this.#floodEndsAt !== undefined) {
      this.#isResetDue = true;
    } else if (window) {
      if (window.pending) this.#parts.metrics.coalesced.inc();
      window.pending = window.pending ? mergeChanges(window.pending, change) : change;
      if (origin && window.origins.length <= LINKS_MAX) window.origins.push(origin);
    } else if (this.#windows.size >= WINDOWS_MAX) {
      this.#flood();
    } else {
      this.#tell(subject, change, origin ? [origin] : []);
      this.#schedule();
    }
  }

  /** Tells that everything may have changed; what waited is part of that. */
  reset(): void {
    for (const window of this.#windows.values()) {
      window.pending = undefined;
      window.origins = [];
    }
    this.#isResetDue = false;
    if (this.#send(UPDATES_RESET_SUBJECT, { kind: 'reset' })) this.#parts.metrics.resets.inc();
  }

  /** Tells what waits, and nothing afterwards. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#isResetDue) this.reset();
    for (const [subject, { pending, origins }] of this.#windows) {
      if (pending) this.#publish(subject, pending, origins);
    }
    this.#windows.clear();
  }

  #flood(): void {
    this.#parts.metrics.floods.inc();
    this.#floodEndsAt = performance.now() + FLOOD_MS;
    this.reset();
    this.#schedule();
  }

  /** Publishes a change and opens the window in which the next ones wait. */
  #tell(subject: string, change: Change, origins: readonly SpanContext[]): void {
    this.#publish(subject, change, origins);
    const endsAt = performance.now() + UPDATE_INTERVAL_MS;
    this.#windows.set(subject, { endsAt, pending: undefined, origins: [] });
  }

  #schedule(): void {
    if (this.#timer) return;
    const [first] = this.#windows.values();
    const endsAt = Math.min(first?.endsAt ?? Infinity, this.#floodEndsAt ?? Infinity);
    if (endsAt === Infinity) return;
    const waitMs = Math.max(0, Math.ceil(endsAt - performance.now()));
    this.#timer = setTimeout(() => this.#tick(), waitMs);
  }

  #tick(): void {
    this.#timer = undefined;
    const now = performance.now();
    if (this.#floodEndsAt !== undefined && this.#floodEndsAt <= now) {
      this.#floodEndsAt = undefined;
      if (this.#isResetDue) this.reset();
    }
    for (const [subject, { endsAt, pending, origins }] of this.#windows) {
      if (endsAt > now) break;
      this.#windows.delete(subject);
      if (pending) this.#tell(subject, pending, origins);
    }
    this.#schedule();
  }

  #publish(subject: string, change: Change, origins: readonly SpanContext[]): void {
    if (origins.length === 0) {
      this.#publishChange(subject, change);
      return;
    }
    const attributes = messagingAttributes({
      name: 'publish',
      type: 'send',
      subject,
      template: UPDATES_SUBJECTS,
    });
    const description = { kind: SpanKind.PRODUCER, origins, attributes };
    inSpan(`publish ${UPDATES_SUBJECTS}`, description, () => this.#publishChange(subject, change));
  }

  #publishChange(subject: string, change: Change): void {
    if (!this.#send(subject, updateOf(change))) return;
    const { metrics } = this.#parts;
    metrics.updates.inc();
    metrics.lagSeconds.observe(Math.max(0, Date.now() - change.committedAtMs) / 1000);
  }

  /**
   * Gives whether it was sent: while NATS is away it isn't, nor when the lease is in doubt. The reset after the reconnect, or of whoever
   * leads then, makes up for it.
   */
  #send(subject: string, message: Update | UpdatesReset): boolean {
    const { bus, metrics, source } = this.#parts;
    const epoch = this.#parts.epoch();
    if (epoch === undefined) return false;
    const payload = encodeUpdate({ ...message, epoch, source, number: this.#number });
    try {
      bus.send(subject, payload, undefined, traceHeaders());
    } catch (error) {
      if (!(error instanceof BusUnavailableError)) throw error;
      metrics.unsent.inc();
      return false;
    }
    this.#number++;
    return true;
  }
}
