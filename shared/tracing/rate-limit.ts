/** Lets so many a second through; of unused ones those of a second at the most are kept. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #tokensMax: number;
  #tokens: number;
  #filledAtMs: number;

  /** @param nowMs a clock that never goes back */
  constructor(perSecond: number, nowMs = performance.now()) {
    this.#perSecond = perSecond;
    // One in ten seconds is one, when they are over.
    this.#tokensMax = perSecond === 0 ? 0 : Math.max(perSecond, 1);
    this.#tokens = this.#tokensMax;
    this.#filledAtMs = nowMs;
  }

  take(nowMs = performance.now()): boolean {
    const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#tokens + gained, this.#tokensMax);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
