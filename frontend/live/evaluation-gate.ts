/**
 * Lets only so many evaluations run at once, in the order they came: the store refuses questions beyond some number, and one
 * page full of charts should not be in the way of queries.
 */
export class EvaluationGate {
  readonly #atOnceMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Runs the action when its turn has come. */
  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnceMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      // The place of who ends goes to who waits, without being free in between.
      if (next) next();
      else this.#running--;
    }
  }
}
