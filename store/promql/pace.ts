/** Work between two rests. */
const WORK_MAX_MS = 20;

/** Lets a long evaluation rest now and then, so that its thread hears and sends other messages, such as that it was canceled. */
export class Pace {
  #restedMs = performance.now();

  constructor(private readonly signal: AbortSignal) {}

  get isDue(): boolean {
    return performance.now() - this.#restedMs >= WORK_MAX_MS;
  }

  /** @throws the signal's reason */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.signal.throwIfAborted();
    this.#restedMs = performance.now();
  }
}
