/** Room for what all queries that run hold in memory: each takes what it reads, and gives all of it back when it is over. */
export class SampleRoom {
  #held = 0;

  /** @param max samples, of about 50 bytes each while they are sorted by series */
  constructor(readonly max: number) {}

  get held(): number {
    return this.#held;
  }

  /** @returns whether there was room; else nothing was taken */
  take(samples: number): boolean {
    if (this.#held + samples > this.max) return false;
    this.#held += samples;
    return true;
  }

  giveBack(samples: number): void {
    this.#held -= samples;
  }
}
