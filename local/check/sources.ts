/** The project's files as the checks see them: those that git knows or would add. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';

export interface SourceFile {
  /** From the project's folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file of the project that is not ignored, binary ones excepted. */
export function readSources(): SourceFile[] {
  const listing = Bun.spawnSync(
    ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    { cwd: projectFolder, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (!listing.success) throw new Error('The checks need git, and a checkout made by it.');
  const paths = listing.stdout.toString().split('\0').filter(Boolean);
  return paths.flatMap((path) => {
    const text = readIfThere(join(projectFolder, path));
    return text === undefined || text.includes('\0') ? [] : [{ path, text }];
  });
}

/** One that was deleted, and git not told yet, is no source any more. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
