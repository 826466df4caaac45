/** A command of `overseer`, one a file in this folder; `local/cli.ts` has the table of them. */
export interface Command {
  /** One line. */
  readonly summary: string;
  /** What `overseer help <name>` and `overseer <name> --help` print. */
  readonly usage: string;
  /**
   * @param args behind the command's name
   * @returns the exit code: 0, or 1 when it failed and has said so
   * @throws UsageError, CommandError, and whatever `describeFailure` has words for
   */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

export interface CommandContext {
  /** Aborted by the first Ctrl-C: what is under way should end in order. A second one ends the process. */
  readonly signal: AbortSignal;
}

/** The user called a command in a way it doesn't know; the message says what it doesn't understand. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The user ended the command; the message says what that leaves. Exit code 130. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** The command could not do what it was asked for; the message says what happened and what to do. Exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}
