import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../commands/command.ts';
import type { TextPosition } from './body-cutter.ts';

const VERSION = 1;
/** What was not touched for so long, nobody resumes. */
const FORGOTTEN_AFTER_MS = 90 * 86_400_000;

/** Where points of a file go. */
export interface ImportTarget {
  readonly url: string;
  readonly database: string;
  readonly precision: string;
}

/** How far an import has come. Everything before `position` was acknowledged. */
export interface ImportProgress {
  readonly position: TextPosition;
  readonly refused: number;
  readonly isDone: boolean;
}

interface Entry extends ImportProgress {
  readonly version: number;
  readonly path: string;
  readonly target: ImportTarget;
  /** Tells the file from another one of its name. */
  readonly file: readonly [inode: number, bytes: number, modifiedMs: number];
}

/** What an earlier run left: nothing, progress, or progress with a file that has changed since. */
export type Earlier = ImportProgress | 'none' | 'changed';

/**
 * Remembers how far the import of one file into one database has come, in a file of a few hundred bytes that is replaced as a whole: a
 * process that is killed leaves the one before or the one after.
 */
export class ImportJournal {
  readonly #path: string;
  readonly #about: Pick<Entry, 'path' | 'target' | 'file'>;

  /** @param folder made when it is missing */
  constructor(folder: string, path: string, stats: Stats, target: ImportTarget) {
    const real = realpathSync(path);
    const file = [stats.ino, stats.size, stats.mtimeMs] as const;
    this.#about = { path: real, target, file };
    const { url, database, precision } = target;
    const key = JSON.stringify([real, url, database, precision]);
    this.#path = join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
    mkdirSync(folder, { recursive: true });
    forgetOld(folder);
  }

  read(): Earlier {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
      throw error;
    }
    const entry = parseEntry(text, this.#about.path);
    const isSame =
      entry.version === VERSION && JSON.stringify(entry.file) === JSON.stringify(this.#about.file);
    return isSame ? entry : 'changed';
  }

  /** On disk when it returns. */
  write(progress: ImportProgress): void {
    const entry: Entry = { version: VERSION, ...this.#about, ...progress };
    const unfinished = `${this.#path}.unfinished`;
    const file = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(entry)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, this.#path);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

/** @throws CommandError: a machine that lost its power may leave anything */
function parseEntry(text: string, path: string): Entry {
  try {
    return JSON.parse(text) as Entry;
  } catch (cause) {
    throw new CommandError(
      `What an earlier import of ${path} noted can't be read. Import it from the beginning, with --restart.`,
      { cause },
    );
  }
}

function forgetOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
    if (Date.now() - modifiedMs > FORGOTTEN_AFTER_MS) rmSync(path, { force: true });
  }
}
