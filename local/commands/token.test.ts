import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { digestOfToken, parseTokenLines } from '@overseer/shared/access';
import { runCommand } from '../command.ts';

const cli = join(import.meta.dir, '..', 'cli.ts');
const run = (...args: string[]) => runCommand([process.execPath, cli, 'token', ...args]);

test('token create - prints a token and the line with its hash', async () => {
  const { output, succeeded } = await run(
    ...['create', '--name', 'my%20agent', '--databases', 'a,b', '--rights', 'write'],
  );
  expect(succeeded).toBe(true);
  const [, token = '', line = ''] = /^token: (\S+)\nline: {2}(.+)\n$/.exec(output) ?? [];
  const [grant] = parseTokenLines(line, 'output');
  expect(grant?.digest.equals(digestOfToken(token))).toBe(true);
  expect(grant?.name).toBe('my agent');
  expect([grant?.may('write', 'b'), grant?.may('read', 'b')]).toEqual([true, false]);
  expect(line).not.toContain(token);
});

test('token create - a mistake in the call is said', async () => {
  const cases = [
    [[], 'The action is missing'],
    [['create', '--name', 'a', '--databases', '*'], '--rights is missing'],
    [['create', '--name', 'a', '--databases', '*', '--rights', 'all'], 'rights is "all"'],
    [['create', '--nam', 'a'], "Unknown option '--nam'"],
  ] as const;
  for (const [args, message] of cases) {
    const { succeeded, errors, output } = await run(...args);
    expect([succeeded, output]).toEqual([false, '']);
    expect(errors).toContain(message);
  }
});
