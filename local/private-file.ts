import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner may read, also when it was there before; nobody sees it half written. */
export function writePrivateFile(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, text, { mode: 0o600 });
  renameSync(unfinished, path);
}
