/**
 * The words of a command as a shell reads them, without running it: what is pasted there must arrive whole.
 * @param command one simple command
 */
export async function parseShellWords(command: string): Promise<string[]> {
  const program = command.trimStart().split(/\s/, 1)[0] ?? '';
  const script = `${program}() { printf '%s\\0' "$@"; }\n${command}`;
  const shell = Bun.spawn(['sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, exitCode] = await Promise.all([new Response(shell.stdout).text(), shell.exited]);
  if (exitCode !== 0) throw new Error(`sh can't read "${command}"`);
  return [program, ...output.split('\0').slice(0, -1)];
}
