/** One running process of a {@link Program}: its output, its end, and the certainty that it doesn't outlive us. */
import { eachLine } from './lines.ts';
import type { Program } from './program.ts';
import { waitUntil } from './wait.ts';

/** The last lines of output are kept for error messages. */
const LINES_KEPT_MAX = 200;

/** A killed process's own children may hold its output open; after this long the rest of it is not waited for. */
const OUTPUT_GRACE_MS = 1000;

export interface ChildOptions {
  /** Called with each line the process prints, to either stream. */
  readonly onLine?: (line: string) => void;
  /** An open file that the process inherits; whoever holds a lock on it shares the lock with the process. */
  readonly inheritedFile?: number;
}

/** How a process ended. */
export interface Ending {
  readonly code: number;
  /** The signal that ended it, such as "SIGKILL"; null when it ended by itself. */
  readonly signal: NodeJS.Signals | number | null;
}

export class Child {
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  readonly #lines: string[] = [];
  #ending: Ending | undefined;
  /** Resolves when the process has ended and its output was read to the end. */
  readonly ended: Promise<Ending>;

  private constructor(
    readonly program: Program,
    options: ChildOptions,
  ) {
    // `setpriv` sets the signal that the kernel sends when we die, then becomes the program: the process id
    // stays the same. A session of its own keeps a Ctrl-C at the terminal from ending all at once, in no order.
    const command = [
      'setpriv',
      '--pdeathsig',
      program.deathSignal.replace('SIG', ''),
      '--',
      ...program.command,
    ];
    const inherited = options.inheritedFile === undefined ? [] : [options.inheritedFile];
    this.#process = Bun.spawn(command, {
      env: { ...process.env, ...program.environment },
      stdio: ['ignore', 'pipe', 'pipe', ...inherited],
      detached: true,
    }) as Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
    const keepLine = (line: string) => {
      if (this.#lines.push(line) > LINES_KEPT_MAX) this.#lines.shift();
      options.onLine?.(line);
    };
    const outputRead = Promise.all([
      eachLine(this.#process.stdout, keepLine),
      eachLine(this.#process.stderr, keepLine),
    ]);
    this.ended = this.#process.exited.then(async (code) => {
      const ending = { code, signal: this.#process.signalCode };
      this.#ending = ending;
      await Promise.race([outputRead, Bun.sleep(OUTPUT_GRACE_MS)]);
      return ending;
    });
  }

  /** Starts the program and returns without waiting until it is ready. */
  static async start(program: Program, options: ChildOptions = {}): Promise<Child> {
    await program.beforeStart?.();
    return new Child(program, options);
  }

  get processId(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#ending === undefined;
  }

  /** undefined while it runs. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** The last lines printed, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** @throws Error with the end of its output, when the process ends or the program's deadline passes first */
  async ready(): Promise<void> {
    const { name, readyDeadlineMs } = this.program;
    try {
      await waitUntil(() => this.program.isReady(this.processId), {
        what: `${name} to be ready`,
        deadlineMs: readyDeadlineMs,
        giveUp: () => {
          if (this.#ending) {
            throw new Error(`${name} ended before it was ready: ${describe(this.#ending)}.`);
          }
        },
      });
    } catch (cause) {
      if (this.#ending) await this.ended;
      const output = this.#lines.slice(-30).map((line) => `  ${line}`);
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error([`${message} It printed:`, ...output].join('\n'), { cause });
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.processId, signal);
  }

  /** Asks the process to end, and kills it when its grace has passed. */
  async stop(): Promise<Ending> {
    this.signal(this.program.stopSignal);
    // A stopped process (SIGSTOP) acts on no signal but SIGKILL until it is continued.
    this.signal('SIGCONT');
    const timer = setTimeout(() => this.signal('SIGKILL'), this.program.stopGraceMs);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }
}

/** For messages: "exit code 1", "signal SIGKILL". */
export function describe(ending: Ending): string {
  return ending.signal ? `signal ${ending.signal}` : `exit code ${ending.code}`;
}
