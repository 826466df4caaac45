/** An initialised cluster to copy: initdb takes a second or two, and most tests want a server of their own. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../command.ts';
import { preparePostgres } from '../postgres.ts';
import { findPostgresBinaries } from '../postgres-binaries.ts';
import { testPostgresSettings } from '../postgres-settings.ts';
import { projectFolder, toolsFolder } from '../project.ts';

const PREFIX = 'postgres-template-';
/** Making one takes seconds, copying one less: nobody is at it any more after so long. */
const UNUSED_AGE_MAX_MS = 60 * 60_000;

/** Copies an initialised cluster with its password into an empty folder, for `preparePostgres` to find there. */
export async function copyPostgresTemplate(folder: string): Promise<void> {
  const template = join(toolsFolder, PREFIX + templateVersion());
  if (!markUsed(template)) await makeTemplate(template);
  await mustRun(['cp', '--archive', `${template}/.`, folder]);
}

/** Whoever removes what is outdated leaves it alone from now on. @returns false when there is none */
function markUsed(template: string): boolean {
  if (!existsSync(template)) return false;
  const now = new Date();
  utimesSync(template, now, now);
  return true;
}

/** Another one for each way of making it, and for each user. */
function templateVersion(): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(projectFolder, 'local', 'postgres.ts')));
  hash.update(`${findPostgresBinaries().folder} ${process.getuid?.()}`);
  return hash.digest('hex').slice(0, 16);
}

async function makeTemplate(template: string): Promise<void> {
  mkdirSync(toolsFolder, { recursive: true });
  removeOutdated();
  const unfinished = mkdtempSync(`${template}.`);
  chmodSync(unfinished, 0o755);
  try {
    await preparePostgres({ folder: unfinished, port: 0, settings: testPostgresSettings });
    renameSync(unfinished, template);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process made it meanwhile.
    if (!existsSync(template)) throw error;
  }
}

/** Templates, finished or not, that nobody has used for long; not those of another version that tests still copy. */
function removeOutdated(): void {
  for (const name of readdirSync(toolsFolder)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(toolsFolder, name);
    const unusedMs =
      Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (unusedMs > UNUSED_AGE_MAX_MS) rmSync(path, { recursive: true, force: true });
  }
}
