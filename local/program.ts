/** A program that runs for long: how it is started, known to be ready, and stopped. */
export interface Program {
  /** Short; stands before each line of its output. */
  readonly name: string;
  readonly command: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Asks it to end in order. */
  readonly stopSignal: NodeJS.Signals;
  /** What the kernel sends it when the process that started it dies, however that happened. */
  readonly deathSignal: NodeJS.Signals;
  /** How long it may take to end in order before it is killed. */
  readonly stopGraceMs: number;
  readonly readyDeadlineMs: number;
  /** Runs before every start, the restarts included: clears what a killed predecessor left. */
  beforeStart?(): Promise<void>;
  isReady(processId: number): Promise<boolean>;
  /** Which lines of its output the user should see; all, if absent. Errors quote the others too. */
  isWorthShowing?(line: string): boolean;
}
