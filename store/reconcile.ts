import {
  type Bucket,
  type BucketEntry,
  databaseKey,
  decodeFields,
  decodeInstallation,
  encodeFields,
  encodeInstallation,
  type Field,
  INSTALLATION_KEY,
  type Installation,
  type Logger,
  MessageError,
  RevisionError,
  schemaKey,
} from '@overseer/shared';
import { type Catalogue, readDatabases, type Table } from './catalogue.ts';
import { putCollisions } from './collisions.ts';
import type { Database } from './postgres.ts';

/** PostgreSQL is the record; the buckets are made to agree with it whenever a store starts or NATS comes back. */

/** Any fixed number: the advisory lock under which the installation is made. */
const INSTALLATION_LOCK = 0x4f56_5347;
const ID_BYTES = 4;
const SEED_BYTES = 16;
const TRIES_MAX = 10;
const CONCURRENCY = 16;

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

/** Gives the schema bucket every database and field of the catalogue, and the control bucket every collision. */
export async function reconcileBuckets(
  database: Database,
  catalogue: Catalogue,
  schema: Bucket,
  control: Bucket,
  log: Logger,
): Promise<void> {
  const entries = new Map((await schema.entries()).map((entry) => [entry.key, entry]));
  const stale = [...catalogue.tables()].filter((table) => {
    const entry = entries.get(schemaKey(table.database, table.measurement));
    return merged(readable(entry, decodeFields, log), table) !== undefined;
  });
  if (stale.length > 0) log.info({ measurements: stale.length }, 'giving NATS the field types');
  await eachConcurrently(stale, (table) => reconcileTable(schema, table, log));
  const undeclared = (await readDatabases(database)).filter(
    (name) => !entries.has(databaseKey(name)),
  );
  await eachConcurrently(undeclared, (name) => declareDatabase(schema, name));
  await putCollisions(database, control);
}

async function declareDatabase(schema: Bucket, name: string): Promise<void> {
  try {
    await schema.create(databaseKey(name), encodeFields([]));
  } catch (error) {
    // Somebody else did.
    if (!(error instanceof RevisionError)) throw error;
  }
}

async function reconcileTable(schema: Bucket, table: Table, log: Logger): Promise<void> {
  const key = schemaKey(table.database, table.measurement);
  await retryRevisions(async () => {
    const entry = await schema.get(key);
    const fields = merged(readable(entry, decodeFields, log), table);
    if (fields) await replaceEntry(schema, key, entry, encodeFields(fields));
  });
}

/**
 * What the entry should hold: the catalogue's types win, fields that only the entry has are reservations for points on their way.
 * Undefined when the entry is right as it is.
 * @param reserved undefined when there is no entry
 */
function merged(reserved: readonly Field[] | undefined, table: Table): Field[] | undefined {
  const fields = [...table.fields.values()];
  if (!reserved) return fields;
  const types = new Map(reserved.map((field) => [field.name, field.type]));
  if (fields.every((field) => types.get(field.name) === field.type)) return undefined;
  return [...fields, ...reserved.filter((field) => !table.fields.has(field.name))];
}

/** What an entry says; undefined, with a warning, when it can't be read: then what PostgreSQL has takes its place. */
function readable<T>(
  entry: BucketEntry | undefined,
  decode: (value: Uint8Array) => T,
  log: Logger,
): T | undefined {
  if (!entry?.value) return undefined;
  try {
    return decode(entry.value);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const { key, revision } = entry;
    log.warn({ key, revision, err: error }, 'a bucket entry can’t be read: replacing it');
    return undefined;
  }
}

/** Puts a value in the place of this very entry. @throws RevisionError when it was changed meanwhile */
async function replaceEntry(
  bucket: Bucket,
  key: string,
  entry: BucketEntry | undefined,
  value: Uint8Array,
): Promise<void> {
  if (entry) await bucket.update(key, value, entry.revision);
  else await bucket.create(key, value);
}

/** Tries again when somebody else changed the entry meanwhile. */
async function retryRevisions<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RevisionError) || tries === TRIES_MAX) throw error;
    }
  }
}

async function eachConcurrently<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
