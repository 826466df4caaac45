import {
  type Bucket,
  collisionKey,
  decodeFields,
  decodeInstallation,
  encodeCollision,
  encodeFields,
  encodeInstallation,
  type Field,
  INSTALLATION_KEY,
  type Installation,
  type Logger,
  RevisionError,
  schemaKey,
} from '@overseer/shared';
import type { Catalogue, Table } from './catalogue.ts';
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
 * so that batches on their way keep their series ids.
 */
export async function ensureInstallation(
  database: Database,
  control: Bucket,
): Promise<Installation> {
  const entry = await control.get(INSTALLATION_KEY);
  const known = entry?.value ? decodeInstallation(entry.value) : undefined;
  const installation = await database.begin(async (transaction) => {
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
  if (known?.id !== installation.id || !Bun.deepEquals(known.seed, installation.seed)) {
    await control.put(INSTALLATION_KEY, encodeInstallation(installation));
  }
  return installation;
}

/** Gives the schema bucket every field of the catalogue, and the control bucket every collision. */
export async function reconcileBuckets(
  database: Database,
  catalogue: Catalogue,
  schema: Bucket,
  control: Bucket,
  log: Logger,
): Promise<void> {
  const entries = new Map((await schema.entries()).map((entry) => [entry.key, entry]));
  const stale = [...catalogue.tables()].filter((table) => {
    const value = entries.get(schemaKey(table.database, table.measurement))?.value;
    return value === undefined || merged(value, table) !== undefined;
  });
  if (stale.length > 0) log.info({ measurements: stale.length }, 'giving NATS the field types');
  await eachConcurrently(stale, (table) => reconcileTable(schema, table));
  const collisions = await database`
    SELECT DISTINCT s.id, s."check" FROM overseer.collisions c JOIN overseer.series s ON s.id = c.id`;
  await eachConcurrently([...collisions], async (row) => {
    await control.put(collisionKey(row.id), encodeCollision(row.check));
  });
}

async function reconcileTable(schema: Bucket, table: Table): Promise<void> {
  const key = schemaKey(table.database, table.measurement);
  for (let tries = 1; ; tries++) {
    try {
      const entry = await schema.get(key);
      if (entry?.value === undefined) {
        await schema.create(key, encodeFields(table.fields.values()));
      } else {
        const fields = merged(entry.value, table);
        if (fields) await schema.update(key, encodeFields(fields), entry.revision);
      }
      return;
    } catch (error) {
      if (!(error instanceof RevisionError) || tries === TRIES_MAX) throw error;
    }
  }
}

/**
 * The entry with the catalogue's fields: the catalogue's types win, fields that only the entry has are reservations for points on
 * their way. Undefined when the entry is right as it is.
 */
function merged(value: Uint8Array, table: Table): Field[] | undefined {
  const reserved = decodeFields(value);
  const types = new Map(reserved.map((field) => [field.name, field.type]));
  const fields = [...table.fields.values()];
  if (fields.every((field) => types.get(field.name) === field.type)) return undefined;
  return [...fields, ...reserved.filter((field) => !table.fields.has(field.name))];
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
