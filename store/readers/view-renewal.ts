import type { Logger } from '@overseer/shared';
import { SCHEMA_LOCK } from '../catalogue.ts';
import { isLocked, tryLocked } from '../locks.ts';
import type { Database, Transaction } from '../postgres.ts';
import { replaceView } from '../table-changes.ts';
import { readTables } from '../tables.ts';

/** Somebody reads the view: not for long, or its renewal is left for the next start. */
const LOCK_WAIT_MS = 50;
/** So many views are found read before all others are left, too: what reads many at once, such as a dump, reads for long. */
const HELD_MAX = 20;

/**
 * Makes the views anew that an older release made: those join series by id alone. It is done one by one, each being locked for a
 * millisecond; one that is missed answers as ever, only slower where tags are asked for.
 */
export async function renewViews(database: Database, log: Logger): Promise<void> {
  const outdated = await findOutdated(database);
  let renewed = 0;
  let held = 0;
  for (const view of outdated) {
    if (held === HELD_MAX) break;
    try {
      await tryLocked(database, LOCK_WAIT_MS, (transaction) => renew(transaction, view, log));
      renewed++;
    } catch (error) {
      if (!isLocked(error)) throw error;
      held++;
    }
  }
  if (outdated.length > 0) log.info({ renewed, outdated: outdated.length }, 'views made anew');
}

/** With the columns that it has now: another store may be giving it some. */
async function renew(
  transaction: Transaction,
  view: ViewOfMeasurement,
  log: Logger,
): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
  const { databaseId, measurement } = view;
  for (const table of await readTables(transaction, { databaseId, measurements: [measurement] })) {
    await replaceView(transaction, table, log);
  }
}

interface ViewOfMeasurement {
  readonly databaseId: number;
  readonly measurement: string;
}

/** Those that use series and not their measurement. */
async function findOutdated(database: Database): Promise<ViewOfMeasurement[]> {
  const rows = await database`
    SELECT m.database_id, m.name
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    JOIN pg_namespace n ON n.nspname = d.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.view_name AND c.relkind = 'v'
    JOIN pg_rewrite r ON r.ev_class = c.oid
    JOIN pg_depend u ON u.classid = 'pg_rewrite'::regclass AND u.objid = r.oid
      AND u.refclassid = 'pg_class'::regclass AND u.refobjid = 'overseer.series'::regclass
    JOIN pg_attribute a ON a.attrelid = u.refobjid AND a.attnum = u.refobjsubid
    GROUP BY m.id HAVING bool_and(a.attname <> 'measurement_id')
    ORDER BY m.id`;
  return rows.map(({ database_id, name }) => ({
    databaseId: Number(database_id),
    measurement: String(name),
  }));
}
