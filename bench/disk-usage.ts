import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Unit of `st_blocks`, whatever the file system's own is (man 2 stat). */
const BLOCK_BYTES = 512;

/**
 * What a folder's files really take on the disk: a file with holes less than its length, a short one more.
 * Files that end meanwhile, as servers merge theirs, count nothing.
 */
export function bytesOnDisk(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.reduce((bytes, path) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    return bytes + (found?.isFile() ? found.blocks * BLOCK_BYTES : 0);
  }, 0);
}
