import {
  AnswerError,
  type AnswerHandler,
  type AnswerWriter,
  type Bus,
  CATALOGUE_SUBJECT,
  CHANGED_SUBJECT,
  type ChangedEvent,
  decodeChangedEvent,
  type Logger,
  MessageError,
  PROCESSOR_QUEUE,
  type StoredEvent,
  serveAnswers,
} from '@overseer/shared';
import { Catalogue, MEASUREMENTS_MAX } from './catalogue.ts';
import { changeOf, changeOfDeletion } from './change.ts';
import { Leadership } from './leadership.ts';
import type { ProcessorMetrics } from './metrics.ts';
import { Snapshots } from './snapshots.ts';
import { StoredEvents } from './stored-events.ts';
import { UpdateFeed, WINDOWS_MAX } from './update-feed.ts';

const CATALOGUE_ANSWERS_MAX = 64;
/** Who asks for the catalogue waits so long for what is new in it. */
const SETTLE_MAX_MS = 2000;

export interface ProcessorParts {
  readonly bus: Bus;
  readonly metrics: ProcessorMetrics;
  readonly log: Logger;
  /** Called for a bug, after which the process must not go on. */
  readonly onFatal: (error: unknown) => void;
  /** In place of two seconds, for tests. */
  readonly settleMaxMs?: number;
}

/** One processor process: turns stored events into updates for whoever listens, and keeps the catalogue. */
export class Processor {
  readonly #parts: ProcessorParts;
  readonly #catalogue = new Catalogue();
  readonly #leadership: Leadership;
  readonly #feed: UpdateFeed;
  readonly #snapshots: Snapshots;
  readonly #events: StoredEvents;
  #stopServing: (() => void) | undefined;
  #unlisten: (() => void) | undefined;

  constructor(parts: ProcessorParts) {
    const { bus, metrics } = parts;
    this.#parts = parts;
    const source = crypto.randomUUID();
    this.#leadership = new Leadership({
      ...parts,
      holder: source,
      onLead: () => this.#feed.reset(),
    });
    this.#feed = new UpdateFeed({ bus, metrics, source, epoch: () => this.#leadership.epoch });
    this.#snapshots = new Snapshots({
      ...parts,
      catalogue: this.#catalogue,
      onPositions: (positions) => this.#events.expect(positions),
    });
    this.#events = new StoredEvents({
      ...parts,
      snapshot: (signal) => this.#snapshots.whole(signal),
      onSnapshot: () => this.#onSnapshot(),
      onEarlierEvent: (event) => this.#catalogue.recent.add(event),
      onEvent: (event) => this.#onEvent(event),
      onCompleteSince: (timeMs) => this.#catalogue.recent.completeSince(timeMs),
    });
    this.#observe();
  }

  /** Why it can't work at the moment; empty when it can. */
  get troubles(): readonly string[] {
    const troubles: string[] = [];
    if (!this.#parts.bus.connected) troubles.push('NATS is not connected');
    if (!this.#stopServing) troubles.push('the store has given no snapshot yet');
    if (this.#leadership.trouble) troubles.push(this.#leadership.trouble);
    return troubles;
  }

  /** Whether it is the one of all processors that tells updates. */
  get isLeader(): boolean {
    return this.#leadership.epoch !== undefined;
  }

  start(): void {
    this.#unlisten = this.#parts.bus.listen(CHANGED_SUBJECT, ({ payload }) =>
      this.#hearOfDeletion(payload),
    );
    this.#snapshots.start();
    this.#events.run().catch(this.#parts.onFatal);
  }

  /** Tells what waits, lets another processor tell from then on, and leaves NATS. */
  async stop(): Promise<void> {
    this.#unlisten?.();
    this.#events.stop();
    this.#snapshots.stop();
    this.#stopServing?.();
    this.#feed.stop();
    await this.#leadership.stop();
    await this.#parts.bus.close();
  }

  #onSnapshot(): void {
    const { bus, log } = this.#parts;
    this.#feed.reset();
    if (this.#stopServing) return;
    // Neither before: another processor tells and answers better, if there is one.
    this.#leadership.start();
    this.#stopServing = serveAnswers(
      bus,
      CATALOGUE_SUBJECT,
      { queue: PROCESSOR_QUEUE, openMax: CATALOGUE_ANSWERS_MAX, log },
      this.#answerCatalogue,
    );
  }

  #onEvent(event: StoredEvent): void {
    this.#catalogue.apply(event, (db, measurement) => this.#snapshots.want(db, measurement));
    const { changes, eventSeconds } = this.#parts.metrics;
    eventSeconds.observe(Math.max(0, Date.now() - event.committedAtMs) / 1000);
    changes.inc(event.tables.length);
    for (const table of event.tables) {
      const isKnown = this.#catalogue.has(table.database, table.measurement);
      this.#feed.add(changeOf(table, event, isKnown));
    }
  }

  #hearOfDeletion(payload: Uint8Array): void {
    const { log, metrics } = this.#parts;
    let event: ChangedEvent;
    try {
      event = decodeChangedEvent(payload);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      log.error({ err: error }, 'what was deleted can’t be read: anything may have changed');
      this.#snapshots.wantAll();
      this.#feed.reset();
      return;
    }
    metrics.deletions.inc();
    const { db, measurement, dropped } = event;
    if (dropped) this.#catalogue.forget(db, measurement);
    if (measurement === undefined) {
      this.#snapshots.wantAll();
      this.#feed.reset();
    } else {
      this.#snapshots.want(db, measurement);
      this.#feed.add(changeOfDeletion(event, measurement, Date.now()));
    }
  }

  readonly #answerCatalogue: AnswerHandler = async (request, answer) => {
    const { answers, answerSeconds } = this.#parts.metrics;
    const observe = answerSeconds.startTimer();
    let outcome = 'failed';
    try {
      const end = await this.#tellCatalogue(request, answer);
      outcome = 'ok';
      return end;
    } finally {
      observe();
      answers.inc({ outcome });
    }
  };

  async #tellCatalogue(
    { db, measurement }: Parameters<AnswerHandler>[0],
    answer: AnswerWriter,
  ): Promise<object> {
    if (!isOptionalName(db) || !isOptionalName(measurement)) {
      throw new AnswerError('bad_data', 'db and measurement are names');
    }
    const deadline = AbortSignal.timeout(this.#parts.settleMaxMs ?? SETTLE_MAX_MS);
    await this.#snapshots.settled(deadline).catch((error: unknown) => {
      // The store is slow or away: what is known is better than nothing.
      if (error !== deadline.reason) throw error;
    });
    const query = {
      ...(db !== undefined && { db }),
      ...(measurement !== undefined && { measurement }),
    };
    for (const part of this.#catalogue.parts(query, Date.now())) await answer.send(part);
    return {};
  }

  #observe(): void {
    const observe = this.#parts.metrics.observe.bind(this.#parts.metrics);
    observe('ready', '1 when updates and the catalogue are told', () =>
      Number(this.troubles.length === 0),
    );
    observe(
      'windows',
      'Measurements told of within the last 0.1 s; beyond the limit a reset is told',
      () => this.#feed.windows,
      WINDOWS_MAX,
    );
    observe(
      'wanted_measurements',
      'Measurements that the store will be asked for',
      () => this.#snapshots.wanted,
    );
    observe('databases', 'Databases in the catalogue', () => this.#catalogue.databaseCount);
    observe(
      'measurements',
      'Measurements in the catalogue',
      () => this.#catalogue.measurementCount,
      MEASUREMENTS_MAX,
    );
    observe(
      'recent_measurements',
      'Measurements that were written to in the last minutes',
      () => this.#catalogue.recent.measurementCount,
    );
    observe(
      'left_out',
      'Databases, measurements and tag keys that found no room in the catalogue',
      () => this.#catalogue.leftOut,
    );
  }
}

function isOptionalName(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
