/** What every server and service started for a test can do. */
import { Child, describe } from '../child.ts';
import type { Program } from '../program.ts';

/** Signals after which a process lives on. */
const SURVIVED: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP'];

/** Of the output of each process, in the message of a test that fails. */
const LINES_SHOWN = 12;
const LINE_LENGTH_SHOWN = 500;

export class Running<Started extends Program = Program> implements AsyncDisposable {
  /** All that were started and not stopped, in this order. */
  static readonly #all = new Set<Running>();
  #child: Child;

  private constructor(
    readonly program: Started,
    readonly url: string,
    child: Child,
    private readonly cleanUp: () => void,
  ) {
    this.#child = child;
    Running.#all.add(this);
  }

  /** Whether each process of the test still runs, and the last lines that it printed: a text each. */
  static describeAll(): string[] {
    return Array.from(Running.#all, (running) => {
      const { ending, processId, lines } = running.#child;
      const state = ending ? `ended: ${describe(ending)}` : `process ${processId}`;
      const shown = lines
        .slice(-LINES_SHOWN)
        .map((line) => `  ${line.slice(0, LINE_LENGTH_SHOWN)}`);
      return [`${running.program.name} (${state}) printed last:`, ...shown].join('\n');
    });
  }

  /** Starts a program and waits until it is ready; cleans up when it never is. */
  static async start<Started extends Program>(
    program: Started,
    url: string,
    cleanUp: () => void,
  ): Promise<Running<Started>> {
    try {
      return new Running(program, url, await startReady(program), cleanUp);
    } catch (error) {
      cleanUp();
      throw error;
    }
  }

  /** Of the process running now; another after a restart. */
  get pid(): number {
    return this.#child.processId;
  }

  get isRunning(): boolean {
    return this.#child.isRunning;
  }

  /** The last lines the process printed. */
  get lines(): readonly string[] {
    return this.#child.lines;
  }

  /** Sends a signal; resolves when the process has ended, at once after one that doesn't end it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.signal(signal);
    if (!SURVIVED.includes(signal)) await this.#child.ended;
  }

  /** Starts it again with its data and port, and waits until it is ready. Stops it before, if it runs. */
  async restart(): Promise<void> {
    await this.#child.stop();
    this.#child = await startReady(this.program);
  }

  /** Stops it and removes its data. Calling it again does nothing. */
  async stop(): Promise<void> {
    await this.#child.stop();
    Running.#all.delete(this);
    this.cleanUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function startReady(program: Program): Promise<Child> {
  const child = await Child.start({ ...program, deathSignal: deathSignalInTests(program) });
  try {
    await child.ready();
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

/** Nobody needs a test's data after it: no shutdown in order. PostgreSQL frees its shared memory on SIGQUIT. */
function deathSignalInTests(program: Program): NodeJS.Signals {
  return program.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL';
}
