/** The `overseer` command, run by tests as a user would. */
import { join } from 'node:path';
import { projectFolder } from '../project.ts';

export interface CommandOutcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

export interface CommandInput {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
}

/** Starts the command; whoever starts it sees to its end. */
export function startCommand(
  args: readonly string[],
  { environment, input }: CommandInput = {},
): Bun.Subprocess<'ignore' | Blob, 'pipe', 'pipe'> {
  return Bun.spawn([process.execPath, join(projectFolder, 'local', 'cli.ts'), ...args], {
    env: { ...process.env, ...environment },
    stdin: input ? new Blob([Uint8Array.from(input)]) : 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

/** Runs the command to its end. */
export async function runCommandLine(
  args: readonly string[],
  options: CommandInput = {},
): Promise<CommandOutcome> {
  const child = startCommand(args, options);
  try {
    const [output, errors, exitCode] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { output, errors, exitCode };
  } finally {
    child.kill('SIGKILL');
  }
}
