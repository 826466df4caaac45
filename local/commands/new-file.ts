import { statSync } from 'node:fs';
import { UsageError } from './command.ts';

/** Before the work for a file begins: a folder of its name would be noticed at the end. @throws UsageError */
export function checkNewFile(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UsageError(`${path} is a folder: name the file that is to be written.`);
}
