import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readDistribution, unpackPackage } from './apt.ts';
import { toolsFolder } from './project.ts';

/** A program that neither is there nor can be fetched; the message says why. */
export class ProgramMissingError extends Error {
  override name = 'ProgramMissingError';
}

/** A program, and the package of Debian's that has it. */
export interface PackagedProgram {
  name: string;
  packageName: string;
  /** Within the package. */
  path: string;
}

/**
 * Finds a program: on PATH, else fetched before, else fetched now out of Debian's package, which is
 * unpacked and not installed: nothing of it starts, and nothing of the system changes.
 * @param notice told before something is fetched
 * @param which where a program on PATH is
 * @returns its path
 * @throws ProgramMissingError
 */
export async function findProgram(
  { name, packageName, path }: PackagedProgram,
  notice: (line: string) => void,
  which: (name: string) => string | null = Bun.which,
): Promise<string> {
  const onPath = which(name);
  if (onPath) return onPath;
  const osRelease = '/etc/os-release';
  const distribution = existsSync(osRelease)
    ? readDistribution(readFileSync(osRelease, 'utf8'))
    : undefined;
  if (distribution === undefined || which('apt-get') === null)
    throw new ProgramMissingError(`no ${name} on PATH, and no apt to fetch it`);
  const { suite } = distribution;
  const folder = join(toolsFolder, packageName, suite);
  const fetched = join(folder, path);
  if (existsSync(fetched)) return fetched;
  notice(`fetching ${packageName} from the packages of "${suite}"; nothing is installed`);
  try {
    await unpackPackage(packageName, suite, distribution, folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProgramMissingError(
      `no ${name} on PATH, and ${packageName} can't be fetched: ${reason}`,
      {
        cause,
      },
    );
  }
  if (existsSync(fetched)) return fetched;
  throw new ProgramMissingError(`package ${packageName} has no ${path}`);
}

/**
 * Version of the package that a program is of, from the package's own list of changes; Debian builds
 * programs that don't know theirs.
 * @returns `unknown` when the list is not there
 */
export function versionOfPackage({ packageName, path }: PackagedProgram, found: string): string {
  if (!found.endsWith(path)) return 'unknown';
  const root = found.slice(0, -path.length);
  const changes = join(root, 'usr/share/doc', packageName, 'changelog.Debian.gz');
  if (!existsSync(changes)) return 'unknown';
  const [, version] = /^\S+ \(([^)]+)\)/.exec(gunzipSync(readFileSync(changes)).toString()) ?? [];
  return version ?? 'unknown';
}
