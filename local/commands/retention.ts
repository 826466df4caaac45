/** `overseer retention`: how long points are kept. */
import { parseArgs } from 'node:util';
import type { Retention, RetentionEnd, SetRetentionQuestion } from '@overseer/shared';
import { formatColumns } from '../terminal/columns.ts';
import { formatRetention } from '../terminal/units.ts';
import { askStore, NATS_OPTION, NATS_USAGE, withBus } from './bus.ts';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { EXIT } from './failure.ts';

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
const KEPT_MAX_MS = 36_500 * DAY_MS;

export const retention: Command = {
  summary: 'show or set how long points are kept',
  usage: `overseer retention [list] [--db <database>] [--json]
overseer retention set --db <database> [--measurement <name>] <duration>|forever|default

Points are deleted once their time is further back than that, whole time partitions at a time. What a
measurement has goes before what its database has, and that before the default, which is the store's
setting RETENTION. "default" takes away what was set.

<duration>            such as 90d (m, h, d, w), at the most 36500d
--json                prints milliseconds; null is for ever
${NATS_USAGE}

  overseer retention set --db demo 90d
  overseer retention set --db demo --measurement room forever
  overseer retention`,

  run(args, context) {
    const [action, ...rest] = args;
    if (action === 'set') return set(rest, context);
    return list(action === 'list' ? rest : args, context);
  },
};

async function list(args: readonly string[], { signal }: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...NATS_OPTION,
      db: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const question = values.db === undefined ? {} : { db: values.db };
  const end = await withBus(values.nats, (bus) =>
    askStore<RetentionEnd>(bus, 'retention', question, { signal }),
  );
  console.log(values.json ? JSON.stringify(end) : describe(end));
  return EXIT.done;
}

function describe(end: RetentionEnd): string {
  const rows = end.databases.flatMap((database) => {
    const own = database.retention;
    const inForce =
      own === undefined ? `${formatRetention(end.default)} (default)` : formatRetention(own);
    return [
      [database.db, '', inForce],
      ...database.measurements.map(({ measurement, retention: kept }) => [
        database.db,
        measurement,
        formatRetention(kept),
      ]),
    ];
  });
  const columns = [{ name: 'database' }, { name: 'measurement' }, { name: 'kept' }];
  return [...formatColumns(columns, rows), `Default: ${formatRetention(end.default)}`].join('\n');
}

async function set(args: readonly string[], { signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...NATS_OPTION, db: { type: 'string' }, measurement: { type: 'string' } },
    allowPositionals: true,
  });
  const [kept, ...others] = positionals;
  if (!values.db) throw new UsageError('--db is missing: say which database.');
  if (kept === undefined || others.length > 0) {
    throw new UsageError('Say how long: a duration such as 90d, or forever, or default.');
  }
  const question: SetRetentionQuestion = {
    db: values.db,
    ...(values.measurement !== undefined && { measurement: values.measurement }),
    ...(kept !== 'default' && { retention: parseRetention(kept) }),
  };
  await withBus(values.nats, (bus) => askStore(bus, 'retention.set', question, { signal }));
  const what = values.measurement === undefined ? values.db : `${values.db} ${values.measurement}`;
  console.log(
    `${what}: ${kept === 'default' ? 'the default' : formatRetention(question.retention ?? null)}`,
  );
  return EXIT.done;
}

/** @throws UsageError */
function parseRetention(text: string): Retention {
  if (text === 'forever') return null;
  const match = /^(\d+)([mhdw])$/.exec(text);
  const keptMs = match ? Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 0) : 0;
  if (keptMs > 0 && keptMs <= KEPT_MAX_MS) return keptMs;
  throw new UsageError(
    `${text} is no time to keep points; write one like 90d (m, h, d, w), up to 36500d, or forever, or default.`,
  );
}
