import { describe, expect, test } from 'bun:test';
import { chooseChromium, type Machine } from './chromium.ts';

/** A machine with these programs on PATH, Debian's root unless told otherwise. */
function machine(programs: readonly string[], changes: Partial<Machine> = {}): Machine {
  return {
    environment: {},
    isRoot: true,
    distribution: { family: 'debian', suite: 'bookworm' },
    which: (program) =>
      programs.includes(program) ? (program.startsWith('/') ? program : `/bin/${program}`) : null,
    ...changes,
  };
}

const adviceOf = (given: Machine) => {
  const choice = chooseChromium(given);
  return choice.kind === 'missing' ? choice.advice : choice.kind;
};

describe('chromium', () => {
  test('on PATH - is taken, by the first of its names', () => {
    expect(chooseChromium(machine(['google-chrome', 'chromium-browser']))).toEqual({
      kind: 'found',
      path: '/bin/chromium-browser',
    });
  });

  test('CHROMIUM_PATH - goes before PATH', () => {
    const environment = { CHROMIUM_PATH: '/opt/chrome' };
    expect(chooseChromium(machine(['chromium', '/opt/chrome'], { environment }))).toEqual({
      kind: 'found',
      path: '/opt/chrome',
    });
  });

  test('CHROMIUM_PATH that is no program - is told, and nothing else tried', () => {
    const environment = { CHROMIUM_PATH: '/opt/nothing' };
    expect(adviceOf(machine(['chromium', 'apt-get'], { environment }))).toStartWith(
      'CHROMIUM_PATH is "/opt/nothing"',
    );
  });

  test("Debian's root - installs the package", () => {
    const choice = chooseChromium(machine(['apt-get']));
    expect(choice.kind).toBe('installable');
    expect(choice.kind === 'installable' && choice.commands.map((words) => words.at(-1))).toEqual([
      'update',
      'chromium',
    ]);
  });

  test('an ordinary user - is told the command', () => {
    expect(adviceOf(machine(['apt-get'], { isRoot: false }))).toEndWith(
      'sudo apt-get install --no-install-recommends chromium',
    );
  });

  test('a system without the package - is told what would do', () => {
    const ubuntu = { family: 'ubuntu', suite: 'jammy' } as const;
    expect(adviceOf(machine(['apt-get'], { distribution: ubuntu }))).toContain('CHROMIUM_PATH=');
    expect(adviceOf(machine([], { distribution: undefined }))).toContain('CHROMIUM_PATH=');
    expect(adviceOf(machine([]))).toContain('CHROMIUM_PATH=');
  });
});
