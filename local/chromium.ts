/** Chromium for tests and benchmarks of the page: found, or installed where that is possible. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Distribution, readDistribution } from './apt.ts';
import { mustRun } from './command.ts';
import { withFileLock } from './file-lock.ts';
import { toolsFolder } from './project.ts';

/** What the choice depends on. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** undefined: no kin of Debian. */
  readonly distribution: Distribution | undefined;
  /** Where a program is; null: nowhere on PATH. */
  which(program: string): string | null;
}

/** Where Chromium is, how it is installed, or what a person can do about it. */
export type ChromiumChoice =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'installable'; readonly commands: readonly (readonly string[])[] }
  | { readonly kind: 'missing'; readonly advice: string };

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'] as const;
/** How long apt waits for another that is installing something. */
const LOCK_WAIT_SECONDS = 120;
const INSTALL_COMMANDS = [
  ['apt-get', '--quiet', 'update'],
  [
    'apt-get',
    '--quiet',
    `--option=DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`,
    'install',
    '--yes',
    '--no-install-recommends',
    'chromium',
  ],
] as const;

/** There is no Chromium, and none can be installed; the message says what to do. */
export class ChromiumMissingError extends Error {
  override name = 'ChromiumMissingError';
}

/** The first of: CHROMIUM_PATH, a program on PATH, Debian's own package for root, advice. */
export function chooseChromium(machine: Machine): ChromiumChoice {
  const named = machine.environment.CHROMIUM_PATH;
  if (named) {
    const path = machine.which(named);
    if (path) return { kind: 'found', path };
    const advice = `CHROMIUM_PATH is "${named}", which is no program; valid is a path such as /usr/bin/chromium.`;
    return { kind: 'missing', advice };
  }
  for (const program of PROGRAMS) {
    const path = machine.which(program);
    if (path) return { kind: 'found', path };
  }
  // Ubuntu's package of that name only fetches a snap, which containers can't run.
  const isPackaged = machine.distribution?.family === 'debian' && machine.which('apt-get') !== null;
  if (isPackaged && machine.isRoot) return { kind: 'installable', commands: INSTALL_COMMANDS };
  const remedy = isPackaged
    ? 'Install it: sudo apt-get install --no-install-recommends chromium'
    : 'Install Chromium or Google Chrome, or name its program: CHROMIUM_PATH=/path/to/chromium';
  const advice = `None of ${PROGRAMS.join(', ')} is on PATH. ${remedy}`;
  return { kind: 'missing', advice };
}

/**
 * Finds Chromium; installs it when it is missing and can be.
 * @param notice told before something is installed
 * @returns the program's path
 * @throws ChromiumMissingError, or Error with apt's own words
 */
export async function findChromium(notice: (line: string) => void): Promise<string> {
  const choice = chooseChromium(thisMachine());
  if (choice.kind === 'found') return choice.path;
  if (choice.kind === 'missing') throw new ChromiumMissingError(choice.advice);
  // Of several processes that miss it at once, one installs it.
  await withFileLock(join(toolsFolder, 'chromium.lock'), async () => {
    if (Bun.which('chromium')) return;
    notice(`installing Chromium for the tests of the page: ${choice.commands.at(-1)?.join(' ')}`);
    const environment = { DEBIAN_FRONTEND: 'noninteractive' };
    for (const command of choice.commands) await mustRun(command, { environment });
  });
  const path = Bun.which('chromium');
  if (path) return path;
  throw new ChromiumMissingError('apt-get has installed chromium, but it is not on PATH.');
}

function thisMachine(): Machine {
  const osRelease = '/etc/os-release';
  return {
    environment: process.env,
    isRoot: process.getuid?.() === 0,
    distribution: existsSync(osRelease)
      ? readDistribution(readFileSync(osRelease, 'utf8'))
      : undefined,
    which: (program) => Bun.which(program),
  };
}
