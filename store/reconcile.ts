import {
  type Bucket,
  databaseKey,
  decodeFields,
  decodeInstallation,
  encodeInstallation,
  INSTALLATION_KEY,
  type Installation,
  type Logger,
  schemaKey,
} from '@overseer/shared';
import { readDatabases, readTables } from './catalogue.ts';
import { putCollisions } from './collisions.ts';
import { readNewestDrop } from './deletion/drop-list.ts';
import type { Database } from './postgres.ts';
import {
  declareDatabase,
  eachConcurrently,
  merged,
  readable,
  reconcileTable,
  replaceEntry,
  retryRevisions,
} from './schema-bucket.ts';

/** PostgreSQL is the record; the buckets are made to agree with it whenever a store starts or NATS comes back. */

/** Any fixed number: the advisory lock under which the installation is made. */
const INSTALLATION_LOCK = 0x4f56_5347;
const ID_BYTES = 4;
const SEED_BYTES = 16;

/**
 * The installation of this database, made when there is none: with the seed that NATS has, if the database is new and NATS is not,
 * so that batches on their way keep their series ids. NATS is given it when it has another, or one that can't be read.
 */
export async function ensureInstallation(
  database: Database,
  control: Bucket,
  log: Logger,
): Promise<Installation> {
  return retryRevisions(async () => {
    const entry = await control.get(INSTALLATION_KEY);
    const known = readable(entry, decodeInstallation, log);
    const installation = await recordInstallation(database, known);
    if (known?.id !== installation.id || !Bun.deepEquals(known.seed, installation.seed)) {
      await replaceEntry(control, INSTALLATION_KEY, entry, encodeInstallation(installation));
    }
    return installation;
  });
}

/** The installation that PostgreSQL has; this one, or a new one, if it has none. */
function recordInstallation(
  database: Database,
  known: Installation | undefined,
): Promise<Installation> {
  return database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${INSTALLATION_LOCK})`;
    const [row] = await transaction`SELECT id, seed FROM overseer.installation`;
    if (row) return { id: String(row.id), seed: Uint8Array.from(row.seed) };
    const made = known ?? {
      id: Buffer.from(crypto.getRandomValues(new Uint8Array(ID_BYTES))).toString('hex'),
      seed: crypto.getRandomValues(new Uint8Array(SEED_BYTES)),
    };
    await transaction`
      INSERT INTO overseer.installation (id, seed) VALUES (${made.id}, ${Buffer.from(made.seed)})`;
    return made;
  });
}

export interface ReconcileParts {
  readonly database: Database;
  readonly schema: Bucket;
  readonly control: Bucket;
  readonly log: Logger;
}

/** Gives the schema bucket every database and field of the catalogue, and the control bucket every collision. */
export async function reconcileBuckets(parts: ReconcileParts): Promise<void> {
  const { database, control } = parts;
  const newestDrop = await readNewestDrop(database);
  const given = await reconcileSchema(parts);
  if ((await readNewestDrop(database)) !== newestDrop) await takeBack(parts, given);
  await putCollisions(database, control);
}

/** @returns the keys that were given, with their revisions */
async function reconcileSchema({
  database,
  schema,
  log,
}: ReconcileParts): Promise<Map<string, number>> {
  const given = new Map<string, number>();
  const note = (key: string, revision: number | undefined) => {
    if (revision !== undefined) given.set(key, revision);
  };
  const entries = new Map((await schema.entries()).map((entry) => [entry.key, entry]));
  const stale = (await readTables(database)).filter((table) => {
    const entry = entries.get(schemaKey(table.database, table.measurement));
    return merged(readable(entry, decodeFields, log), table) !== undefined;
  });
  if (stale.length > 0) log.info({ measurements: stale.length }, 'giving NATS the field types');
  await eachConcurrently(stale, async (table) =>
    note(schemaKey(table.database, table.measurement), await reconcileTable(schema, table, log)),
  );
  const undeclared = (await readDatabases(database)).filter(
    (name) => !entries.has(databaseKey(name)),
  );
  await eachConcurrently(undeclared, async (name) =>
    note(databaseKey(name), await declareDatabase(schema, name)),
  );
  return given;
}

/** Of what was dropped while it was given: keys that nobody has changed since. */
async function takeBack(
  { database, schema }: ReconcileParts,
  given: ReadonlyMap<string, number>,
): Promise<void> {
  const tables = await readTables(database);
  const right = new Set([
    ...tables.map((table) => schemaKey(table.database, table.measurement)),
    ...(await readDatabases(database)).map(databaseKey),
  ]);
  const wrong = [...given].filter(([key]) => !right.has(key));
  await eachConcurrently(wrong, async ([key, revision]) => {
    if ((await schema.get(key))?.revision === revision) await schema.delete(key);
  });
}
