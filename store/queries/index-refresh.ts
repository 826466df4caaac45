import type { Logger } from '@overseer/shared';
import { isOutage } from '../postgres.ts';

/** So that a query finds little left to bring in. */
const INTERVAL_MS = 1000;

export interface IndexRefreshParts {
  /** Brings what was committed into the label index. */
  readonly refresh: () => Promise<void>;
  readonly log: Logger;
  /** Called after each look for new series, with how long it took. */
  readonly onRefreshed: (seconds: number) => void;
}

/** Looks for new series about once a second, so long as PostgreSQL is there. */
export class IndexRefresh {
  readonly #parts: IndexRefreshParts;
  readonly #stopping = new AbortController();
  #isAway = false;

  constructor(parts: IndexRefreshParts) {
    this.#parts = parts;
  }

  /** Ends when it is stopped; an outage is waited out. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#refresh();
      await Bun.sleep(INTERVAL_MS);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #refresh(): Promise<void> {
    const { refresh, log, onRefreshed } = this.#parts;
    const startedAt = performance.now();
    try {
      await refresh();
      this.#isAway = false;
      onRefreshed((performance.now() - startedAt) / 1000);
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!this.#isAway) log.warn({ err: error }, 'series not looked for; trying again');
      this.#isAway = true;
    }
  }
}
