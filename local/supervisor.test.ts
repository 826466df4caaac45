import { afterEach, describe, expect, test } from 'bun:test';
import type { Program } from './program.ts';
import { Supervisor } from './supervisor.ts';
import { waitUntil } from './testing/wait.ts';

const deadlineMs = 20_000;

const restartDelays = { firstMs: 10, mostMs: 40, recoveredAfterMs: 60_000 };

/** A program of the shell, ready as soon as it has printed "ready". */
function shell(name: string, script: string, lines: string[]): Program {
  return {
    name,
    command: ['bash', '-c', script],
    stopSignal: 'SIGTERM',
    deathSignal: 'SIGKILL',
    stopGraceMs: 500,
    readyDeadlineMs: deadlineMs,
    isReady: async () => lines.includes(`${name}: ready`),
  };
}

const forever = 'echo ready; while :; do read -r -t 1000 <> <(:) || :; done';

describe('supervisor', () => {
  let lines: string[] = [];
  let supervisor: Supervisor;

  function supervise(): void {
    lines = [];
    supervisor = new Supervisor({
      print: (name, line) => lines.push(`${name}: ${line}`),
      restartDelays,
    });
  }
  afterEach(() => supervisor.stop());

  const printed = (pattern: RegExp) =>
    waitUntil(() => lines.some((line) => pattern.test(line)), {
      what: `a line like ${pattern}`,
      deadlineMs,
    });

  test('a killed program - is started again, and the user told', async () => {
    supervise();
    await supervisor.start(shell('a', forever, lines));
    const before = supervisor.processId('a');
    expect(before).toBeNumber();
    process.kill(before as number, 'SIGKILL');
    await printed(/^a: ended unexpectedly \(signal SIGKILL\); starting it again in 0.01 s$/);
    await printed(/^a: is ready again$/);
    expect(supervisor.processId('a')).not.toBe(before);
  });

  test('a program that keeps dying - waits longer each time, up to a limit', async () => {
    supervise();
    const program = shell('a', 'echo ready; exit 3', lines);
    // Ready before it ends: what it printed counts.
    await supervisor.start({ ...program, isReady: async () => true });
    await printed(/ended unexpectedly \(exit code 3\); starting it again in 0.01 s/);
    await printed(/starting it again in 0.02 s/);
    await printed(/starting it again in 0.04 s/);
    await waitUntil(() => lines.filter((line) => line.endsWith('in 0.04 s')).length >= 2, {
      what: 'a second wait of the longest kind',
      deadlineMs,
    });
    expect(lines.some((line) => line.endsWith('in 0.08 s'))).toBe(false);
  });

  test('a program that never gets ready - fails the start with what it printed', async () => {
    supervise();
    const program = shell('a', 'echo no licence; exit 1', lines);
    await expect(supervisor.start(program)).rejects.toThrow(
      /a ended before it was ready: exit code 1. It printed:\n {2}no licence/,
    );
  });

  test('stop - is in reverse order, and kills what ignores it', async () => {
    supervise();
    const farewell = (name: string) => `trap 'echo bye; exit 0' TERM; ${forever} # ${name}`;
    await supervisor.start(shell('first', farewell('first'), lines));
    await supervisor.start(shell('deaf', `trap '' TERM; ${forever}`, lines));
    await supervisor.start(shell('last', farewell('last'), lines));
    const deaf = supervisor.processId('deaf');
    await supervisor.stop();
    expect(lines.filter((line) => line.endsWith(': bye'))).toEqual(['last: bye', 'first: bye']);
    expect(() => process.kill(deaf as number, 0)).toThrow();
    expect(lines).toContain('deaf: did not end within 0.5 s and was killed');
    await expect(supervisor.start(shell('late', forever, lines))).rejects.toThrow('being stopped');
  });

  test('a stopped process - can be stopped for good', async () => {
    supervise();
    await supervisor.start(shell('a', forever, lines));
    const processId = supervisor.processId('a') as number;
    process.kill(processId, 'SIGSTOP');
    await supervisor.stop();
    expect(() => process.kill(processId, 0)).toThrow();
  });
});
