/**
 * Lets only so many evaluations run at once, in the order they came: the store refuses questions beyond some number, and one
 * page full of charts should not be in the way of queries.
 */
export class EvaluationGate {
  readonly #atOnceMax: number;
  /** Of each expression one at the most, so that their limit is its limit. */
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs the action when its turn has come; not at all when the signal aborts before. */
  async run(action: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (!(await this.#enter(signal))) return;
    try {
      await action();
    } finally {
      const next = this.#waiting.shift();
      // The place of who ends goes to who waits, without being free in between.
      if (next) next();
      else this.#running--;
    }
  }

  async #enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#running < this.#atOnceMax) {
      this.#running++;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onTurn = () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    };
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
      resolve(false);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(onTurn);
    return await promise;
  }
}
