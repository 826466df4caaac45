const RETRY_FIRST_MS = 100;
/** A store that starts or stops, or a partition that changes hands, is no news; what lasts longer is. */
const TELL_AFTER_MS = 3000;

export interface OutageParts {
  readonly log: {
    info(text: string): void;
    warn(what: { readonly err: unknown }, text: string): void;
  };
  /** What is told when it lasts, and when it is over after that. */
  readonly begun: string;
  readonly ended: string;
  readonly retryMaxMs: number;
}

/** How long something has failed: when to try again, later each time, and when people should hear of it. */
export class Outage {
  readonly #parts: OutageParts;
  #failures = 0;
  #sinceMs = 0;
  #isTold = false;

  constructor(parts: OutageParts) {
    this.#parts = parts;
  }

  /**
   * @param nowMs by a clock that only goes forward
   * @returns milliseconds to wait before the next try
   */
  failed(error: unknown, nowMs = performance.now()): number {
    const { log, begun, retryMaxMs } = this.#parts;
    if (this.#failures === 0) this.#sinceMs = nowMs;
    if (!this.#isTold && nowMs - this.#sinceMs >= TELL_AFTER_MS) {
      log.warn({ err: error }, begun);
      this.#isTold = true;
    }
    return Math.min(RETRY_FIRST_MS * 2 ** this.#failures++, retryMaxMs);
  }

  over(): void {
    if (this.#isTold) this.#parts.log.info(this.#parts.ended);
    this.#isTold = false;
    this.#failures = 0;
  }
}
