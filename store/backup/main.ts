/**
 * Makes, restores or verifies a backup: `bun store/backup/main.ts backup|restore|replace|verify|return-dashboards <file>`, with DATABASE_URL,
 * and NATS_URL where dashboards are in it; with `--no-dashboards` they are left out. Tells how far it is, and how it ended, in lines of JSON on
 * standard output, which `overseer backup` and `overseer restore` show.
 */
import { rmSync } from 'node:fs';
import { BusUnavailableError, readSettings, SettingError, StreamFullError } from '@overseer/shared';
import { isOutage, sqlState } from '../postgres.ts';
import { STORE_SETTINGS } from '../settings.ts';
import { BackupError, makeBackup } from './backup.ts';
import { readDashboards, returnDashboards } from './dashboards.ts';
import { BackupFormatError } from './format.ts';
import { restoreBackup } from './restore.ts';
import { RestoreError } from './restore-error.ts';
import { verifyBackup } from './verify.ts';
import { unfinishedPath } from './writer.ts';

const PROGRESS_INTERVAL_MS = 100;

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let toldAt = 0;
function onProgress(done: number, total: number): void {
  const now = performance.now();
  if (now - toldAt < PROGRESS_INTERVAL_MS) return;
  toldAt = now;
  tell({ done, total });
}

async function run(action: string, path: string, option: string): Promise<object> {
  if (action === 'verify') return verifyBackup(path, onProgress);
  if (action === 'return-dashboards') return await returnDashboards(natsUrl(), path, onProgress);
  const { databaseUrl } = readSettings({ databaseUrl: STORE_SETTINGS.databaseUrl });
  switch (action) {
    case 'backup': {
      const isLeftOut = option === '--no-dashboards';
      const dashboards = isLeftOut ? undefined : await readDashboards(natsUrl());
      return await makeBackup({ databaseUrl, path, dashboards, onProgress });
    }
    case 'restore':
    case 'replace':
      return await restoreBackup({
        ...{ databaseUrl, path, onProgress },
        isReplacing: action === 'replace',
      });
    default:
      throw new SettingError(
        `there is no action "${action}"; valid is backup, restore, replace, verify or return-dashboards`,
      );
  }
}

function natsUrl(): string {
  return readSettings({ natsUrl: STORE_SETTINGS.natsUrl }).natsUrl;
}

/** Mistakes of the operator and troubles of his machine, which are told without a stack. */
function isMistake(error: unknown): error is Error {
  const kinds = [
    ...[BackupError, BackupFormatError, RestoreError, SettingError],
    ...[BusUnavailableError, StreamFullError],
  ];
  if (kinds.some((kind) => error instanceof kind)) return true;
  if (isOutage(error) || sqlState(error) !== undefined) return true;
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

const [action = '', path = '', option = ''] = process.argv.slice(2);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (action === 'backup') rmSync(unfinishedPath(path), { force: true });
    process.exit(1);
  });
}
try {
  tell({ summary: await run(action, path, option) });
} catch (error) {
  if (!isMistake(error)) throw error;
  tell({ error: error.message });
  process.exitCode = 1;
}
