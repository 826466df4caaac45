import { QueryLimitError } from '../query-limit.ts';

/** Queries that wait for their turn. */
export const QUERIES_WAITING_MAX = 64;

/** Lets so many queries run at once; others wait for their turn, first come, first served. */
export class QuerySlots {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param what runs, for the error */
  constructor(
    private readonly runningMax: number,
    private readonly what: string,
    private readonly waitingMax = QUERIES_WAITING_MAX,
  ) {}

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn; whoever got it calls `leave` afterwards.
   * @throws QueryLimitError when too many wait already; the signal's reason when it aborts meanwhile
   */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.runningMax) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= this.waitingMax) {
      throw new QueryLimitError(
        'queries_max',
        `${this.runningMax} ${this.what} run and ${this.waitingMax} wait already: ask again later`,
      );
    }
    await this.#turn(signal);
  }

  leave(): void {
    const next = this.#waiting.shift();
    // A turn is handed on, so that nobody who comes later takes it.
    if (next) next();
    else this.#running--;
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onTurn = () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(onTurn);
    return promise;
  }
}
