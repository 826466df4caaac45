import { type ReadonlySignal, signal } from '@preact/signals';

const TICK_MS = 1000;

/** The server's time, as far as the page knows it; ages of samples are told by it. */
export class Clock {
  readonly #nowMs = signal(Date.now());

  /** @param offsetMs the server's clock minus this machine's */
  constructor(private readonly offsetMs: ReadonlySignal<number>) {
    setInterval(() => this.#tick(), TICK_MS);
    document.addEventListener('visibilitychange', () => this.#tick());
  }

  /** Milliseconds since 1970, moving on every second while anybody can see the page. */
  get nowMs(): ReadonlySignal<number> {
    return this.#nowMs;
  }

  #tick(): void {
    if (!document.hidden) this.#nowMs.value = Date.now() + this.offsetMs.value;
  }
}
