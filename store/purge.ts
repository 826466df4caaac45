import {
  type Bus,
  BusRequestError,
  type Logger,
  POINTS_STREAM,
  pointsSubject,
  type StreamState,
} from '@overseer/shared';
import { isPassing } from './outages.ts';
import type { Database } from './postgres.ts';

const INTERVAL_MS = 5000;
/** Above this part of the stream's size nothing committed is kept, whatever the tail. */
const FILL_MAX = 0.5;

interface Position {
  readonly partition: number;
  readonly stream: string;
  readonly sequence: number;
}

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
      if (!isPassing(error) && !(error instanceof BusRequestError)) throw error;
      this.#log.warn({ err: error }, 'purge put off');
    }
    this.start();
  }

  /** One purge; gives how many messages it removed. */
  async purge(): Promise<number> {
    // Before the stream's state, which then can't be older: a position beyond its end is of messages that the stream lost.
    const positions = await this.#positions();
    const stream = await this.#bus.stream(POINTS_STREAM);
    if (!stream) return 0;
    if (stream.created !== this.#stream) this.#marks = [];
    this.#stream = stream.created;
    const committed = await this.#committed(stream, positions);
    const atMs = Date.now();
    // A mark beyond what is committed now was made before the stream lost its end: other messages have those sequences.
    this.#marks = this.#marks.filter((mark) => mark.sequence <= committed);
    this.#marks.push({ atMs, sequence: committed });
    const full = stream.bytes > stream.bytesMax * FILL_MAX;
    const old = this.#marks.filter((mark) => full || mark.atMs <= atMs - this.#tailMs);
    const upTo = old.at(-1)?.sequence ?? 0;
    this.#marks = this.#marks.slice(old.length);
    if (upTo < stream.firstSequence) return 0;
    return this.#bus.purgeBefore(POINTS_STREAM, upTo + 1);
  }

  async #positions(): Promise<Position[]> {
    const rows = await this.#database`
      SELECT partition, stream, seq FROM overseer.progress WHERE partition < ${this.#partitions}`;
    return rows.map(({ partition, stream, seq }) => ({ partition, stream, sequence: Number(seq) }));
  }

  /** The last sequence up to which no partition has anything left to store. */
  async #committed(
    { created, lastSequence }: StreamState,
    positions: readonly Position[],
  ): Promise<number> {
    let committed = lastSequence;
    for (const { partition, stream, sequence } of positions) {
      const known = stream === created && sequence <= lastSequence;
      const next = await this.#bus.nextSequence(
        POINTS_STREAM,
        pointsSubject(partition),
        known ? sequence + 1 : 1,
      );
      if (next !== undefined) committed = Math.min(committed, next - 1);
    }
    return committed;
  }
}
