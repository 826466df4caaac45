import {
  type Bucket,
  type Bus,
  databaseKey,
  decodeSchemaKey,
  type Logger,
  POINTS_STREAM,
  StreamReplacedError,
  schemaKey,
} from '@overseer/shared';
import { readDatabases, readTables } from '../catalogue.ts';
import type { Database } from '../postgres.ts';
import { declareDatabase, eachConcurrently, reconcileTable } from '../schema-bucket.ts';
import { type Drop, readDrops } from './drop-list.ts';

/**
 * Until every ingress has seen in its watch what happened to the bucket, twice over: what an ingress that has not seen it publishes is
 * told from what is right afterwards.
 */
const SETTLING_MS = 250;

export interface TellBucketParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly schema: Bucket;
  readonly log: Logger;
}

/**
 * Tells ingress what was dropped: its keys go from the schema bucket, unless there are points from after the drop already; then they say
 * what those are. Not before the drop is on record, or an ingress could reserve anew what is then taken for old. Does nothing when it
 * was done already; what a process left half done is done again.
 */
export async function tellBucket(parts: TellBucketParts, id: bigint): Promise<void> {
  const { bus, database } = parts;
  const drop = (await readDrops(database)).find(id);
  if (!drop || drop.settledUpto !== undefined) return;
  await forgetKeys(parts, drop);
  await Bun.sleep(SETTLING_MS);
  await restoreKeys(parts, drop);
  await Bun.sleep(SETTLING_MS);
  const points = await bus.stream(POINTS_STREAM);
  if (!points) throw new StreamReplacedError(`there is no stream ${POINTS_STREAM}`);
  // Of another stream than the drop's, any number will do: nobody asks for it.
  await database`
    UPDATE overseer.dropped SET settled_upto = ${points.lastSequence}
    WHERE id = ${id} AND settled_upto IS NULL`;
}

/** Whether the bucket has any key of what is to be dropped. */
export async function hasKeys(
  schema: Bucket,
  drop: Pick<Drop, 'database' | 'measurement'>,
): Promise<boolean> {
  if (drop.measurement !== undefined) {
    const entry = await schema.get(schemaKey(drop.database, drop.measurement));
    return entry?.value !== undefined;
  }
  return (await keysOf(schema, drop.database)).length > 0;
}

/** Deletes the keys, once: those that ingress makes afterwards are from after the drop. */
async function forgetKeys({ database, schema }: TellBucketParts, drop: Drop): Promise<void> {
  const [row] = await database`
    SELECT told, schema_upto FROM overseer.dropped WHERE id = ${drop.id}`;
  if (!row || row.told) return;
  const { measurement } = drop;
  const keys =
    measurement === undefined
      ? await keysOf(schema, drop.database)
      : [schemaKey(drop.database, measurement)];
  await eachConcurrently(keys, async (key) => {
    const entry = await schema.get(key);
    if (!entry?.value) return;
    // A database that was declared once more since the drop stays. Of a measurement, what was added since stands beside what is old.
    const isDatabase = key === databaseKey(drop.database);
    if (!isDatabase || entry.revision <= Number(row.schema_upto)) await schema.delete(key);
  });
  await database`UPDATE overseer.dropped SET told = true WHERE id = ${drop.id}`;
}

/** What points from after the drop have made again, while the keys went, gets its keys from the catalogue. */
async function restoreKeys({ database, schema, log }: TellBucketParts, drop: Drop): Promise<void> {
  const tables = (await readTables(database)).filter(
    (table) =>
      table.database === drop.database &&
      (drop.measurement ?? table.measurement) === table.measurement,
  );
  await eachConcurrently(tables, async (table) => {
    await reconcileTable(schema, table, log);
  });
  if (drop.measurement !== undefined) return;
  if ((await readDatabases(database)).includes(drop.database)) {
    await declareDatabase(schema, drop.database);
  }
}

async function keysOf(schema: Bucket, database: string): Promise<string[]> {
  const entries = await schema.entries();
  return entries.map(({ key }) => key).filter((key) => isOf(key, database));
}

function isOf(key: string, database: string): boolean {
  try {
    return decodeSchemaKey(key).database === database;
  } catch {
    // No key of ours: nobody reads it, and nobody but who made it may delete it.
    return false;
  }
}
