/** What the time of a transaction goes into. */
export type Stage = 'plan' | 'copy' | 'merge' | 'commit';

/** Where the time of one transaction went; it is measured for each table, and counted once. */
export class StageTimes {
  readonly #seconds = new Map<Stage, number>();

  /** In seconds; stages that it did not have are left out. */
  get seconds(): ReadonlyMap<Stage, number> {
    return this.#seconds;
  }

  async measure<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    this.ended(stage, startedAt);
    return result;
  }

  /** @param startedAt by `performance.now()` */
  ended(stage: Stage, startedAt: number): void {
    const seconds = (performance.now() - startedAt) / 1000;
    this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + seconds);
  }
}
