import type { Logger } from '@overseer/shared';
import { isPassing } from '../outages.ts';
import { connectPostgres, type Database, sqlState } from '../postgres.ts';

export interface LoneRoundsParts {
  readonly databaseUrl: string;
  /** What it does, for the log and the name of its session. */
  readonly name: string;
  /** Any fixed number: the advisory lock that says which store does it. */
  readonly lock: number;
  readonly intervalMs: number;
  /** Settings of its session. */
  readonly session: Readonly<Record<string, number | boolean>>;
  readonly log: Logger;
  /** Called for errors that waiting can't mend. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Work that is done again and again by one store of several, over a connection of its own. What it does must bear to be broken off
 * anywhere, and to be done twice: a store that loses its session loses the lock with it, and may notice later.
 */
export abstract class LoneRounds {
  readonly #parts: LoneRoundsParts;
  readonly #database: Database;
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: LoneRoundsParts) {
    this.#parts = parts;
    const session = `overseer-store ${parts.name}`;
    this.#database = connectPostgres(parts.databaseUrl, session, 1, parts.session);
  }

  /**
   * The work of one round.
   * @param signal aborted when the process ends
   */
  protected abstract act(database: Database, signal: AbortSignal): Promise<void>;

  /** Does a round now, which takes up what was interrupted, and goes on. */
  start(): void {
    this.#running = this.#tryRound().then(() => {
      if (this.#stop.signal.aborted) return;
      this.#timer = setTimeout(() => this.start(), this.#parts.intervalMs);
    }, this.#parts.onFatal);
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
    await this.#database.end({ timeout: 1 });
  }

  /** One round, unless another store is at it. @throws what the work throws */
  async round(): Promise<void> {
    const { lock } = this.#parts;
    const [row] = await this.#database`SELECT pg_try_advisory_lock(${lock}) AS held`;
    if (!row?.held) return;
    try {
      await this.act(this.#database, this.#stop.signal);
    } finally {
      await this.#database`SELECT pg_advisory_unlock(${lock})`;
    }
  }

  async #tryRound(): Promise<void> {
    try {
      await this.round();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // A table may be dropped under it: that too is another one in the next round.
      if (!isPassing(error) && sqlState(error) === undefined) throw error;
      this.#parts.log.warn({ err: error }, `${this.#parts.name} broke off; trying again`);
    }
  }
}
