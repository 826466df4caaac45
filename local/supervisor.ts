/** Keeps programs running: starts them, starts those again that die, and stops them all in reverse order. */
import { setTimeout } from 'node:timers/promises';
import { Child, describe } from './child.ts';
import type { Program } from './program.ts';

export interface RestartDelays {
  readonly firstMs: number;
  /** Each restart in a row waits twice as long as the one before, up to this. */
  readonly mostMs: number;
  /** A program that ran this long has recovered: its next restart waits `firstMs` again. */
  readonly recoveredAfterMs: number;
}

const DEFAULT_RESTART_DELAYS: RestartDelays = {
  firstMs: 500,
  mostMs: 30_000,
  recoveredAfterMs: 60_000,
};

/** How often a program that takes long to get ready is reported. */
const WAITING_REPORT_MS = 10_000;

export interface SupervisorOptions {
  /** Called with each line for the user: who says it, and what. */
  readonly print: (name: string, line: string) => void;
  /** An open file that every program inherits; see FolderLock. */
  readonly inheritedFile?: number;
  readonly restartDelays?: RestartDelays;
}

export class Supervisor {
  readonly #supervised: Supervised[] = [];
  #isStopping = false;

  constructor(private readonly options: SupervisorOptions) {}

  /**
   * Starts a program, waits until it is ready, and keeps it running from then on.
   * @throws Error when it can't get ready the first time: that is a mistake of set-up, which no restart mends
   */
  async start(program: Program): Promise<void> {
    if (this.#isStopping) throw new Error(`${program.name} is not started: all is being stopped.`);
    const supervised = new Supervised(program, this.options);
    this.#supervised.push(supervised);
    await supervised.start();
  }

  /** The process that runs the program of this name now, if any. */
  processId(name: string): number | undefined {
    return this.#supervised.find(({ program }) => program.name === name)?.processId;
  }

  /** Stops every program, the last one started first. Each has its grace, then it is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const supervised of this.#supervised.toReversed()) await supervised.stop();
  }

  /** Kills every program at once. */
  kill(): void {
    this.#isStopping = true;
    for (const supervised of this.#supervised) supervised.kill();
  }
}

class Supervised {
  #child: Child | undefined;
  #watching: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(
    readonly program: Program,
    private readonly options: SupervisorOptions,
  ) {}

  get processId(): number | undefined {
    return this.#child?.isRunning ? this.#child.processId : undefined;
  }

  async start(): Promise<void> {
    this.#watching = this.#watch(await this.#startChild());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    const wasRunning = this.#child?.isRunning;
    const ending = await this.#child?.stop();
    if (wasRunning && ending?.signal === 'SIGKILL') {
      const graceS = this.program.stopGraceMs / 1000;
      this.options.print(this.program.name, `did not end within ${graceS} s and was killed`);
    }
    await this.#watching;
  }

  kill(): void {
    this.#stop.abort();
    this.#child?.signal('SIGKILL');
  }

  /** @returns the child, ready; one that doesn't get ready is stopped */
  async #startChild(): Promise<Child> {
    const { program, options } = this;
    const child = await Child.start(program, {
      onLine: (line) => {
        if (program.isWorthShowing?.(line) ?? true) options.print(program.name, line);
      },
      ...(options.inheritedFile === undefined ? {} : { inheritedFile: options.inheritedFile }),
    });
    this.#child = child;
    const report = setInterval(
      () =>
        options.print(program.name, `not ready yet; its last line: ${child.lines.at(-1) ?? ''}`),
      WAITING_REPORT_MS,
    );
    try {
      // Told to stop before there was a child to stop.
      if (this.#stop.signal.aborted) child.signal('SIGKILL');
      await child.ready();
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    } finally {
      clearInterval(report);
    }
  }

  /** Waits for the child's end and starts another, until it is to stop. */
  async #watch(first: Child): Promise<void> {
    const { firstMs, mostMs, recoveredAfterMs } =
      this.options.restartDelays ?? DEFAULT_RESTART_DELAYS;
    const say = (line: string) => this.options.print(this.program.name, line);
    let child: Child | undefined = first;
    let delayMs = firstMs;
    while (!this.#stop.signal.aborted) {
      const readyAt = performance.now();
      const reason = child
        ? `ended unexpectedly (${describe(await child.ended)})`
        : 'did not get ready';
      if (this.#stop.signal.aborted) return;
      if (performance.now() - readyAt >= recoveredAfterMs) delayMs = firstMs;
      say(`${reason}; starting it again in ${delayMs / 1000} s`);
      await sleep(delayMs, this.#stop.signal);
      delayMs = Math.min(delayMs * 2, mostMs);
      if (this.#stop.signal.aborted) return;
      child = await this.#startChild().catch((error: Error) => {
        if (!this.#stop.signal.aborted) say(error.message);
        return undefined;
      });
      if (child) say('is ready again');
    }
  }
}

/** Ends early, without an error, when the signal is aborted. */
async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal }).catch(() => {});
}
