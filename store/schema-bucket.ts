import {
  type Bucket,
  type BucketEntry,
  databaseKey,
  decodeFields,
  encodeFields,
  type Field,
  type FieldType,
  type Logger,
  MessageError,
  RevisionError,
  schemaKey,
} from '@overseer/shared';
import type { Table } from './catalogue.ts';

/** What the store writes to buckets, entry by entry: by compare-and-set, because ingress writes there too. */

const TRIES_MAX = 10;
const CONCURRENCY = 16;

/** Gives a database its key, unless it has one. @returns the revision that it has by this */
export async function declareDatabase(schema: Bucket, name: string): Promise<number | undefined> {
  try {
    return await schema.create(databaseKey(name), encodeFields([]));
  } catch (error) {
    // Somebody else did.
    if (!(error instanceof RevisionError)) throw error;
    return undefined;
  }
}

/**
 * Makes the entry of a measurement agree with its table, whatever it holds.
 * @returns the revision that it has by this; undefined when it was right
 */
export function reconcileTable(
  schema: Bucket,
  table: Table,
  log: Logger,
): Promise<number | undefined> {
  const key = schemaKey(table.database, table.measurement);
  return retryRevisions(async () => {
    const entry = await schema.get(key);
    const fields = merged(readable(entry, decodeFields, log), table);
    return fields && (await replaceEntry(schema, key, entry, encodeFields(fields)));
  });
}

/**
 * Reserves fields that have no type yet, as an ingress does, and waits for nobody.
 * @returns the types of the measurement's fields as they are reserved then: of these, and of others
 */
export function reserveFields(
  schema: Bucket,
  { database, measurement }: { readonly database: string; readonly measurement: string },
  fields: readonly Field[],
  log: Logger,
): Promise<ReadonlyMap<string, FieldType>> {
  const key = schemaKey(database, measurement);
  return retryRevisions(async () => {
    const entry = await schema.get(key);
    const reserved = readable(entry, decodeFields, log) ?? [];
    const types = new Map(reserved.map(({ name, type }) => [name, type]));
    for (const { name, type } of fields) if (!types.has(name)) types.set(name, type);
    if (types.size > reserved.length) {
      const all = Array.from(types, ([name, type]) => ({ name, type }));
      await replaceEntry(schema, key, entry, encodeFields(all));
    }
    return types;
  });
}

/**
 * What the entry should hold: the catalogue's types win, fields that only the entry has are reservations for points on their way.
 * Undefined when the entry is right as it is.
 * @param reserved undefined when there is no entry
 */
export function merged(reserved: readonly Field[] | undefined, table: Table): Field[] | undefined {
  const fields = [...table.fields.values()];
  if (!reserved) return fields;
  const types = new Map(reserved.map((field) => [field.name, field.type]));
  if (fields.every((field) => types.get(field.name) === field.type)) return undefined;
  return [...fields, ...reserved.filter((field) => !table.fields.has(field.name))];
}

/** What an entry says; undefined, with a warning, when it can't be read: then what PostgreSQL has takes its place. */
export function readable<T>(
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

/** Puts a value in the place of this very entry; gives its revision. @throws RevisionError when it was changed meanwhile */
export async function replaceEntry(
  bucket: Bucket,
  key: string,
  entry: BucketEntry | undefined,
  value: Uint8Array,
): Promise<number> {
  if (entry) return await bucket.update(key, value, entry.revision);
  return await bucket.create(key, value);
}

/** Tries again when somebody else changed the entry meanwhile. */
export async function retryRevisions<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RevisionError) || tries === TRIES_MAX) throw error;
    }
  }
}

/** Does something with every item, with a few at a time. */
export async function eachConcurrently<T>(
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await action(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
