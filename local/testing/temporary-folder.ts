/** Temporary folders that don't pile up. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'overseer-test-';
let swept = false;

/**
 * Makes a folder under the system's temporary one. Whoever asks for it removes it; what the tests of a killed
 * process left behind, the next process that asks for a folder removes.
 */
export function temporaryFolder(): string {
  if (!swept) sweep();
  swept = true;
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Where PostgreSQL has to run as another user, that user must be able to enter.
  chmodSync(folder, 0o755);
  return folder;
}

function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const processId = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (processId && !existsSync(`/proc/${processId}`)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}
