/** A command of `overseer`, one a file in this folder. */
export interface Command {
  /** One line. */
  readonly summary: string;
  /** What `overseer help <name>` prints. */
  readonly usage: string;
  /** @returns the exit code */
  run(args: readonly string[]): Promise<number>;
}

/** The user called a command in a way it doesn't know; the message says what it doesn't understand. */
export class UsageError extends Error {
  override name = 'UsageError';
}
