/** `overseer restore`: puts a backup into PostgreSQL. */
import { parseArgs } from 'node:util';
import { formatBytes, formatCounted } from '../terminal/units.ts';
import { onlyPath, verify } from './backup.ts';
import { runBackupProgram } from './backup-program.ts';
import { findNats, NATS_OPTION, NATS_USAGE } from './bus.ts';
import type { Command } from './command.ts';
import { obtainConsent } from './consent.ts';
import { withDatabase } from './database.ts';
import { EXIT } from './failure.ts';

interface RestoreSummary {
  readonly head: { readonly madeAt: string; readonly installation: string };
  readonly catalogue: number;
  readonly measurements: number;
  readonly timePartitions: number;
  readonly dashboards: number | null;
}

interface ReturnSummary {
  readonly returned: number;
  readonly kept: number;
}

export const restore: Command = {
  summary: 'put a backup into PostgreSQL',
  usage: `overseer restore <file> [--replace [--yes]] [--json]
overseer restore <file> --dashboards [--nats <url>] [--json]
overseer restore <file> --verify [--json]

Puts a backup into a database that Overseer has not used yet. Stop every store before, "npm start" too. The
store that starts afterwards stores what was acknowledged since from the stream: docs/backup.md.

The database is DATABASE_URL, otherwise that of DATA_DIR, whose PostgreSQL is started for it.

--replace     removes what Overseer has in the database before
--yes         don't ask before that; needed where there is no terminal to ask on
--dashboards  only gives NATS the dashboards that it has no more; everything may run meanwhile, and the store must
              have run once
${NATS_USAGE}
--verify      only reads the file and checks every byte of it
--json        prints what was restored as JSON

  overseer restore overseer-2026-01-31.backup --verify
  overseer restore overseer-2026-01-31.backup --replace`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...NATS_OPTION,
        dashboards: { type: 'boolean', default: false },
        replace: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const path = onlyPath(positionals);
    if (values.verify) {
      const summary = await verify(path, context);
      const { head, contentBytes } = summary;
      if (values.json) console.log(JSON.stringify({ path, ...summary }));
      else {
        console.log(
          `${path} is whole: ${formatBytes(contentBytes)} of content, of ${head.madeAt}.`,
        );
      }
      return EXIT.done;
    }
    if (values.dashboards) {
      const summary = await runBackupProgram<ReturnSummary>({
        ...{ action: 'return-dashboards', path, natsUrl: values.nats ?? findNats() },
        ...{ label: 'reading', format: formatBytes, signal: context.signal },
      });
      if (values.json) console.log(JSON.stringify({ path, ...summary }));
      else console.log(describeReturned(summary));
      return EXIT.done;
    }
    if (values.replace && !values.yes) {
      const what = 'Everything that Overseer has in this database will be removed.';
      await obtainConsent(what, 'removed', context.signal);
    }
    const summary = await withDatabase({ isAlone: true, mayBeNew: true }, (databaseUrl) =>
      runBackupProgram<RestoreSummary>({
        action: values.replace ? 'replace' : 'restore',
        ...{ path, databaseUrl, signal: context.signal },
        ...{ label: 'restoring', format: formatBytes },
      }),
    );
    if (values.json) console.log(JSON.stringify({ path, ...summary }));
    else console.log(describe(path, summary));
    return EXIT.done;
  },
};

function describe(
  path: string,
  { head, measurements, timePartitions, dashboards }: RestoreSummary,
): string {
  const lines = [
    `Restored ${path} of ${head.madeAt}: ${formatCounted(measurements, 'measurement')} in ${formatCounted(timePartitions, 'time partition')}.`,
    'Start the store: it gets what was acknowledged since from the stream, and says in its log what that lacks.',
  ];
  if (dashboards) {
    lines.push(
      `The backup has ${formatCounted(dashboards, 'dashboard')}: once the store runs, "overseer restore ${path} --dashboards" gives NATS those that it has no more.`,
    );
  }
  return lines.join('\n');
}

function describeReturned({ returned, kept }: ReturnSummary): string {
  return `Returned ${formatCounted(returned, 'dashboard')}; ${kept} that NATS has stayed as they are.`;
}
