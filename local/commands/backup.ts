/** `overseer backup`: everything that PostgreSQL has, in one file. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, formatCounted } from '../terminal/units.ts';
import { runBackupProgram } from './backup-program.ts';
import { findNats, NATS_OPTION, NATS_USAGE } from './bus.ts';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { withDatabase } from './database.ts';
import { EXIT } from './failure.ts';
import { checkNewFile } from './new-file.ts';

/** What the program says of a backup that it made. */
interface BackupSummary {
  readonly head: { readonly madeAt: string };
  readonly bytes: number;
  readonly measurements: number;
  readonly timePartitions: number;
  readonly dashboards: number | null;
  readonly gone: readonly string[];
}

/** What it says of one that it read. */
interface VerifySummary {
  readonly head: { readonly madeAt: string; readonly installation: string };
  readonly sections: number;
  readonly contentBytes: number;
}

export const backup: Command = {
  summary: 'write everything that PostgreSQL has, and the dashboards, to a file',
  usage: `overseer backup <file> [--verify] [--no-dashboards] [--nats <url>] [--json]

Writes the catalogue, the series and all points to a file, as of one moment, while everything runs, and the
dashboards as they were saved last. The file appears, or replaces that of its name, when it is whole. Restored, a store gets what was acknowledged since from the stream, as far
back as REPLAY_TAIL reaches: docs/backup.md.

The database is DATABASE_URL, otherwise that of the instance running here, otherwise that of DATA_DIR, whose
PostgreSQL is started for it.

--verify         reads the file again afterwards and checks every byte
--no-dashboards  leaves out the dashboards, which are in NATS
${NATS_USAGE}
--json           prints what was written as JSON

  overseer backup overseer-2026-01-31.backup --verify`,

  async run(args, { signal }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...NATS_OPTION,
        verify: { type: 'boolean', default: false },
        'no-dashboards': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const path = onlyPath(positionals);
    checkNewFile(path);
    const natsUrl = values['no-dashboards'] ? undefined : (values.nats ?? findDashboards());
    const need = { isAlone: false, mayBeNew: false };
    const summary = await withDatabase(need, (databaseUrl) =>
      runBackupProgram<BackupSummary>({
        ...{ action: 'backup', path, databaseUrl, natsUrl, signal },
        ...{ label: 'backing up', format: formatBytes },
      }),
    );
    if (values.verify) await verify(path, { signal });
    if (values.json) console.log(JSON.stringify({ path, ...summary }));
    else console.log(describe(path, summary, values.verify));
    return EXIT.done;
  },
};

/** @throws UsageError */
export function onlyPath([path, ...rest]: readonly string[]): string {
  if (!path) throw new UsageError('The file is missing.');
  if (rest.length > 0) throw new UsageError('More than one file.');
  return resolve(path);
}

/** Reads a backup to its end. @throws CommandError that says where it is damaged */
export function verify(path: string, { signal }: CommandContext): Promise<VerifySummary> {
  return runBackupProgram<VerifySummary>({
    ...{ action: 'verify', path, signal },
    ...{ label: 'verifying', format: formatBytes },
  });
}

/** @throws UsageError */
function findDashboards(): string {
  try {
    return findNats();
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const way = 'Dashboards are in NATS; --no-dashboards makes a backup without them.';
    throw new UsageError(`${cause.message} ${way}`, { cause });
  }
}

function describe(path: string, summary: BackupSummary, isVerified: boolean): string {
  const { bytes, measurements, timePartitions, dashboards, gone } = summary;
  const boards = dashboards === null ? 'no dashboards' : formatCounted(dashboards, 'dashboard');
  const lines = [
    `Wrote ${path}: ${formatBytes(bytes)}, ${formatCounted(measurements, 'measurement')} in ${formatCounted(timePartitions, 'time partition')}, ${boards}${isVerified ? ', verified' : ''}.`,
  ];
  if (gone.length > 0) {
    const what = formatCounted(gone.length, 'time partition');
    lines.push(`Dropped meanwhile, and not in it: ${what}.`);
  }
  return lines.join('\n');
}
