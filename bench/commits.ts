import { type Bus, decodeStoredEvent, STORED_STREAM } from '@overseer/shared';

/** Stored events that wait in memory. */
const EVENTS_AHEAD_MAX = 256;

/**
 * Counts committed rows by the stored events, which come right after each commit: nothing is
 * polled.
 */
export class CommitCounter {
  readonly #rowsByDatabase = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #end = new AbortController();
  readonly #following: Promise<void>;

  private constructor(bus: Bus, created: string, position: number) {
    this.#following = this.#follow(bus, created, position);
    // Whoever waits for rows learns of its error; until then it must not end this process.
    this.#following.catch(() => {});
  }

  /** Counts what is committed from now on. */
  static async start(bus: Bus): Promise<CommitCounter> {
    const stream = await bus.stream(STORED_STREAM);
    if (stream === undefined) throw new Error(`there is no stream ${STORED_STREAM}`);
    return new CommitCounter(bus, stream.created, stream.lastSequence);
  }

  /** Rows of a database committed since start(). */
  rows(database: string): number {
    return this.#rowsByDatabase.get(database) ?? 0;
  }

  /**
   * Resolves when so many rows of a database are committed.
   * @throws when events can't be followed, or after `deadlineMs`.
   */
  async reach(database: string, rows: number, deadlineMs: number): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`only ${this.rows(database)} of ${rows} rows after ${deadlineMs} ms`)),
      deadlineMs,
    );
    try {
      while (this.rows(database) < rows) {
        const { promise: changed, resolve } = Promise.withResolvers<void>();
        this.#waiting.add(resolve);
        await Promise.race([changed, this.#following, late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#following.catch(() => {});
  }

  async #follow(bus: Bus, created: string, position: number): Promise<void> {
    const source = {
      stream: STORED_STREAM,
      subject: 'stored.*',
      created,
      position,
      messagesMax: EVENTS_AHEAD_MAX,
    };
    for await (const { payload } of bus.read(source, this.#end.signal)) {
      for (const { database, rows, merged } of decodeStoredEvent(payload).tables)
        this.#rowsByDatabase.set(database, this.rows(database) + rows + merged);
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }
}
