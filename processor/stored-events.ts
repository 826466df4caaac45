import { setTimeout as wait } from 'node:timers/promises';
import {
  type Bus,
  BusRequestError,
  BusUnavailableError,
  decodeStoredEvent,
  type Logger,
  MessageError,
  STORED_STREAM,
  STORED_SUBJECTS,
  type StoredEvent,
  StreamReplacedError,
  type StreamState,
  storedSubject,
} from '@overseer/shared';
import {
  inSpan,
  messagingAttributes,
  originOf,
  type SpanContext,
  SpanKind,
} from '@overseer/shared/tracing';
import type { ProcessorMetrics } from './metrics.ts';
import { Outage } from './outage.ts';
import { type Position, Positions } from './positions.ts';
import type { Snapshot } from './snapshot.ts';

/** Every partition, however many there are. */
const EVERY_STORED_SUBJECT = 'stored.*';
/** Events that the NATS client may hold; most are smaller than a kilobyte. */
const PREFETCH_EVENTS_MAX = 256;
/** An event that is not there so long after its commit was lost, or the processor can't keep up: a snapshot mends both. */
const EVENT_DELAY_MAX_MS = 5000;
const RETRY_MAX_MS = 1000;

/** Why following begins anew. */
type Break =
  /** Events are missing between two. */
  | 'gap'
  /** The last events that the store committed never came. */
  | 'lost'
  /** An event that this program can't read. */
  | 'unreadable'
  /** NATS was away: what was published meanwhile reached nobody. */
  | 'reconnect'
  /** There is no stream of stored events, another one, or NATS does not give it. */
  | 'stream'
  | 'stopped';

/** Those after which the stream will not have the events either. */
const MISSING: ReadonlySet<Break> = new Set(['gap', 'lost', 'unreadable']);

export interface StoredEventsParts {
  readonly bus: Bus;
  readonly metrics: ProcessorMetrics;
  readonly log: Logger;
  /** A snapshot of everything, asked for after now. */
  readonly snapshot: (signal: AbortSignal) => Promise<Snapshot>;
  /** A snapshot was taken: whatever was told before may lack something. */
  readonly onSnapshot: () => void;
  /** Events from before the snapshot that the stream still has, and that were not told before. */
  readonly onEarlierEvent: (event: StoredEvent) => void;
  /** Events after the snapshot: in order, none twice, none left out. */
  readonly onEvent: (event: StoredEvent) => void;
  /** Events that were committed before this time, milliseconds since 1970, may be missing in what is told, earlier ones included. */
  readonly onCompleteSince: (timeMs: number) => void;
}

/** Follows stored events from a snapshot on; wherever the chain may be broken it begins with another snapshot. */
export class StoredEvents {
  readonly #parts: StoredEventsParts;
  readonly #forgetReconnects: () => void;
  #session = new AbortController();
  /** How far the chain reaches; undefined: it has not begun. */
  #positions: Positions | undefined;
  /** What was read last, of the stream created then. */
  #lastRead: { readonly created: string; readonly sequence: number } | undefined;
  #lossCheck: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(parts: StoredEventsParts) {
    this.#parts = parts;
    this.#forgetReconnects = parts.bus.onReconnect(() => this.#beginAnew('reconnect'));
  }

  stop(): void {
    this.#stopped = true;
    this.#forgetReconnects();
    clearTimeout(this.#lossCheck);
    this.#beginAnew('stopped');
  }

  /** The store has committed so much: the events up to there should arrive, or have. */
  expect(positions: readonly Position[]): void {
    if (this.#stopped || this.#lossCheck || !this.#positions?.isBehind(positions)) return;
    this.#lossCheck = setTimeout(() => {
      this.#lossCheck = undefined;
      if (this.#positions?.isBehind(positions)) this.#beginAnew('lost');
    }, EVENT_DELAY_MAX_MS);
  }

  /** Follows until stop. Rejects only for a bug. */
  async run(): Promise<void> {
    const { log, metrics, onCompleteSince } = this.#parts;
    const outage = new Outage({
      log,
      begun: 'no stored events; trying until there are',
      ended: 'there are stored events again',
      retryMaxMs: RETRY_MAX_MS,
    });
    while (!this.#stopped) {
      this.#session = new AbortController();
      const { signal } = this.#session;
      let reason: Break;
      try {
        reason = await this.#follow(signal, () => outage.over());
      } catch (error) {
        reason = signal.aborted ? signal.reason : 'stream';
        if (!signal.aborted) {
          if (!isPassing(error)) throw error;
          await pause(outage.failed(error), signal);
        }
      }
      if (this.#positions && !this.#stopped) {
        metrics.breaks.inc({ reason });
        if (MISSING.has(reason)) onCompleteSince(Date.now());
        log.warn({ reason }, 'stored events may be missing; beginning anew with a snapshot');
      }
      this.#positions = undefined;
    }
  }

  #beginAnew(reason: Break): void {
    this.#session.abort(reason);
  }

  /** From a snapshot until the chain breaks. */
  async #follow(signal: AbortSignal, onStarted: () => void): Promise<Break> {
    const { bus, log, onCompleteSince, onEarlierEvent, onSnapshot, snapshot } = this.#parts;
    // In this order: whatever is in the stream by now was committed before the snapshot, and is in it.
    const stream = await bus.stream(STORED_STREAM);
    if (!stream) throw new StreamReplacedError(`there is no stream ${STORED_STREAM}`);
    const { positions } = await snapshot(signal);
    this.#positions = new Positions(positions);
    log.info({ positions }, 'following stored events');
    onSnapshot();
    onStarted();
    for await (const message of this.#read(stream, signal)) {
      const { headers, payload, sequence, isOldestKnown } = message;
      const event = this.#decode(payload);
      if (event && isOldestKnown) onCompleteSince(event.committedAtMs);
      // What the snapshot has is told for its time alone.
      if (sequence <= stream.lastSequence) {
        if (event) onEarlierEvent(event);
        else onCompleteSince(Date.now());
        continue;
      }
      if (!event) return 'unreadable';
      const reason = this.#process(event, this.#positions, originOf(headers));
      if (reason) return reason;
    }
    return signal.reason;
  }

  /** In the trace of what was stored, when that is recorded. */
  #process(
    event: StoredEvent,
    positions: Positions,
    origin: SpanContext | undefined,
  ): Break | undefined {
    if (!origin) return this.#take(event, positions);
    const { partition } = event;
    const attributes = messagingAttributes({
      name: 'process',
      type: 'process',
      subject: storedSubject(partition),
      template: STORED_SUBJECTS,
      partition,
    });
    const description = { kind: SpanKind.CONSUMER, origins: [origin], attributes };
    return inSpan(`process ${STORED_SUBJECTS}`, description, () => this.#take(event, positions));
  }

  /** All that the stream has and that was not read before, and then whatever comes. */
  async *#read({ created, lastSequence }: StreamState, signal: AbortSignal) {
    const { bus, onCompleteSince } = this.#parts;
    const known = this.#lastRead?.created === created ? this.#lastRead.sequence : 0;
    let expected = Math.min(known, lastSequence) + 1;
    if (known === 0) onCompleteSince(Date.now());
    const messages = bus.read(
      {
        stream: STORED_STREAM,
        subject: EVERY_STORED_SUBJECT,
        created,
        position: expected - 1,
        messagesMax: PREFETCH_EVENTS_MAX,
      },
      signal,
    );
    for await (const message of messages) {
      const { sequence } = message;
      this.#lastRead = { created, sequence };
      yield { ...message, isOldestKnown: sequence === 1 || sequence !== expected };
      expected = sequence + 1;
    }
  }

  /** Undefined: it can't be read. */
  #decode(payload: Uint8Array): StoredEvent | undefined {
    try {
      return decodeStoredEvent(payload);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#parts.log.error({ err: error }, 'a stored event can’t be read');
      return undefined;
    }
  }

  /** Gives why the chain ends with this event, if it does. */
  #take(event: StoredEvent, positions: Positions): Break | undefined {
    const { metrics, onEarlierEvent, onEvent } = this.#parts;
    const step = positions.advance(event);
    metrics.events.inc({ step });
    if (step === 'gap') return 'gap';
    // Committed after the stream was looked at, and before the snapshot.
    if (step === 'covered') onEarlierEvent(event);
    if (step === 'next') onEvent(event);
    return undefined;
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof BusUnavailableError ||
    error instanceof BusRequestError ||
    error instanceof StreamReplacedError
  );
}

/** Waits, at most until the signal. */
async function pause(forMs: number, signal: AbortSignal): Promise<void> {
  await wait(forMs, undefined, { signal }).catch(() => undefined);
}
