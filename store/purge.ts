import {
  type Bus,
  BusUnavailableError,
  type Logger,
  POINTS_STREAM,
  pointsSubject,
} from '@overseer/shared';
import { type Database, isOutage } from './postgres.ts';

const INTERVAL_MS = 5000;
/** Above this part of the stream's size nothing committed is kept, whatever the tail. */
const FILL_MAX = 0.5;

interface Mark {
  readonly atMs: number;
  readonly sequence: number;
}

/**
 * Removes committed messages from the stream: those older than the tail that is kept for a replay, or all of them when the stream
 * fills up. By one sequence for all partitions, because the server drops whole files then, and would search messages one by one
 * for a subject.
 */
export class Purge {
  readonly #bus: Bus;
  readonly #database: Database;
  readonly #log: Logger;
  readonly #tailMs: number;
  readonly #partitions: number;
  /** What was committed when; the oldest first. */
  #marks: Mark[] = [];
  #stream = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(bus: Bus, database: Database, log: Logger, tailMs: number, partitions: number) {
    this.#bus = bus;
    this.#database = database;
    this.#log = log;
    this.#tailMs = tailMs;
    this.#partitions = partitions;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#round(), INTERVAL_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #round(): Promise<void> {
    try {
      await this.purge();
    } catch (error) {
      if (!isOutage(error) && !(error instanceof BusUnavailableError)) throw error;
      this.#log.debug({ err: error }, 'purge put off');
    }
    this.start();
  }

  /** One purge; gives how many messages it removed. */
  async purge(): Promise<number> {
    const stream = await this.#bus.stream(POINTS_STREAM);
    if (!stream) return 0;
    if (stream.created !== this.#stream) this.#marks = [];
    this.#stream = stream.created;
    const committed = await this.#committed(stream.created, stream.lastSequence);
    const atMs = Date.now();
    this.#marks.push({ atMs, sequence: committed });
    const full = stream.bytes > stream.bytesMax * FILL_MAX;
    const old = this.#marks.filter((mark) => full || mark.atMs <= atMs - this.#tailMs);
    const upTo = old.at(-1)?.sequence ?? 0;
    this.#marks = this.#marks.slice(old.length);
    if (upTo < stream.firstSequence) return 0;
    return this.#bus.purgeBefore(POINTS_STREAM, upTo + 1);
  }

  /** The last sequence before which no partition has anything left to store. */
  async #committed(stream: string, lastSequence: number): Promise<number> {
    const rows = await this.#database`
      SELECT partition, stream, seq FROM overseer.progress WHERE partition < ${this.#partitions}`;
    let committed = lastSequence;
    for (const row of rows) {
      const position = row.stream === stream ? Number(row.seq) : 0;
      const next = await this.#bus.nextSequence(
        POINTS_STREAM,
        pointsSubject(row.partition),
        position + 1,
      );
      if (next !== undefined) committed = Math.min(committed, next - 1);
    }
    return committed;
  }
}
