/** What every server and service started for a test can do. */
import { Child } from '../child.ts';
import type { Program } from '../program.ts';

/** Signals after which a process lives on. */
const SURVIVED: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP'];

export class Running<Started extends Program = Program> implements AsyncDisposable {
  #child: Child;

  private constructor(
    readonly program: Started,
    readonly url: string,
    child: Child,
    private readonly cleanUp: () => void,
  ) {
    this.#child = child;
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
