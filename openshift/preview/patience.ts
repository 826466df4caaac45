import {
  CommandError,
  formatDurationMs,
  InterruptedError,
  UsageError,
} from '@overseer/local/commands';

/** Between two looks at the cluster, each of which starts a process. */
const LOOK_INTERVAL_MS = 500;

/** How long something may take, and who may end it before. */
export class Patience {
  readonly #until: number;

  /** @param signal ends every wait with an InterruptedError */
  constructor(
    private readonly limitMs: number,
    private readonly signal: AbortSignal,
  ) {
    this.#until = performance.now() + limitMs;
  }

  /**
   * Looks again and again until there is something to return.
   * @param what is waited for, as the end of a sentence
   * @param explain what is known when time is over: why it did not come, and what to do
   * @throws CommandError when time is over; InterruptedError
   */
  async wait<T>(
    look: () => Promise<T | undefined>,
    what: string,
    explain: () => string | Promise<string> = () => '',
  ): Promise<T> {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() >= this.#until) {
        const reasons = await explain();
        throw new CommandError(
          `Waited ${formatDurationMs(this.limitMs)} for ${what}, in vain.${reasons && ` ${reasons}`}`,
        );
      }
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LOOK_INTERVAL_MS);
    this.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    if (this.signal.aborted) throw new InterruptedError('Interrupted: what was begun stays.');
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** @param option that it is of, for the error; @throws UsageError */
export function parseDurationMs(text: string, option: string): number {
  const match = /^(?<count>[1-9]\d{0,5})(?<unit>[smhd])$/.exec(text);
  if (match) return Number(match.groups?.count) * (UNITS_MS[match.groups?.unit ?? ''] ?? 0);
  throw new UsageError(`${option} is ${text}; write a duration like 90s, 10m, 8h or 3d.`);
}
