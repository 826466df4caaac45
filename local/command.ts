/** Short commands: run, wait, take the output. */

export interface CommandResult {
  readonly succeeded: boolean;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command to its end. A command that doesn't exist counts as failed. */
export async function runCommand(
  command: readonly string[],
  options: { environment?: Record<string, string>; folder?: string } = {},
): Promise<CommandResult> {
  try {
    const process_ = Bun.spawn([...command], {
      env: { ...process.env, ...options.environment },
      ...(options.folder === undefined ? {} : { cwd: options.folder }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors, code] = await Promise.all([
      process_.stdout.text(),
      process_.stderr.text(),
      process_.exited,
    ]);
    return { succeeded: code === 0, output, errors };
  } catch (cause) {
    return { succeeded: false, output: '', errors: String(cause) };
  }
}

/**
 * Like {@link runCommand}, for commands that must succeed.
 * @returns what it printed
 * @throws Error with the command and what it printed
 */
export async function mustRun(
  command: readonly string[],
  options: { environment?: Record<string, string>; folder?: string } = {},
): Promise<string> {
  const { succeeded, output, errors } = await runCommand(command, options);
  if (succeeded) return output;
  throw new Error(`"${command.join(' ')}" failed:\n${(errors || output).trim()}`);
}
