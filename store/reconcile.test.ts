import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  type NatsServer,
  type PostgresServer,
  startNats,
  startPostgres,
} from '@overseer/local/testing';
import {
  type Bucket,
  type Bus,
  connectBus,
  createLogger,
  decodeFields,
  decodeInstallation,
  encodeFields,
  INSTALLATION_KEY,
  schemaKey,
} from '@overseer/shared';
import { Catalogue } from './catalogue.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';
import { ensureInstallation, reconcileBuckets } from './reconcile.ts';

const BUCKET = { replicas: 1, bytesMax: 2 ** 20 };
const KEY = schemaKey('db', 'm');
/** An array that ends too early, an unknown version, and no MessagePack at all. */
const DAMAGED = [Uint8Array.of(0x92, 1), Uint8Array.of(0x92, 9, 0x90), Uint8Array.of(1, 2, 3)];

const log = createLogger('test');
const warnings: unknown[] = [];
log.warn = (...parts: unknown[]) => void warnings.push(parts);
let nats: NatsServer;
let postgres: PostgresServer;
let bus: Bus;
let database: Database;
let control: Bucket;
let schema: Bucket;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
  bus = await connectBus({ url: nats.url, name: 'test', log });
  control = await bus.bucket('control', BUCKET);
  schema = await bus.bucket('schema', BUCKET);
  database = connectPostgres(postgres.url, 'test', 1);
  await migrate(database);
});

afterAll(async () => {
  await bus?.close();
  await database?.end({ timeout: 1 });
  await Promise.all([nats?.stop(), postgres?.stop()]);
});

test('installation - one that can’t be read, or was deleted, is replaced by that of PostgreSQL', async () => {
  const installation = await ensureInstallation(database, control, log);
  expect(warnings).toEqual([]);
  const change = [
    ...DAMAGED.map((value) => () => control.put(INSTALLATION_KEY, value)),
    () => control.delete(INSTALLATION_KEY),
  ];
  for (const damage of change) {
    await damage();
    expect(await ensureInstallation(database, control, log)).toEqual(installation);
    const entry = await control.get(INSTALLATION_KEY);
    expect(decodeInstallation(entry?.value as Uint8Array)).toEqual(installation);
  }
  expect(warnings).toHaveLength(DAMAGED.length);
});

test('schema bucket - an entry that can’t be read, or was deleted, is replaced by that of PostgreSQL', async () => {
  const catalogue = new Catalogue(database, log);
  const fields = [{ name: 'f', type: 'float' as const }];
  await catalogue.ensure([{ database: 'db', measurement: 'm', fields, ns: false }]);
  const reconcile = () => reconcileBuckets({ database, schema, control, log });
  const unknownType = encodeFields(fields).with(-1, 99);
  const change = [
    ...[...DAMAGED, unknownType].map((value) => () => schema.put(KEY, value)),
    () => schema.delete(KEY),
  ];
  for (const damage of change) {
    await damage();
    await reconcile();
    const entry = await schema.get(KEY);
    expect(decodeFields(entry?.value as Uint8Array)).toEqual(fields);
  }
});

test('schema bucket - of one older than PostgreSQL, and of one newer, PostgreSQL’s types count and reservations stay', async () => {
  const catalogue = new Catalogue(database, log);
  const known = [
    { name: 'f', type: 'float' as const },
    { name: 'g', type: 'integer' as const },
  ];
  await catalogue.ensure([{ database: 'db', measurement: 'both', fields: known, ns: false }]);
  const key = schemaKey('db', 'both');
  const reserved = { name: 'h', type: 'string' as const };
  const cases = [
    // Older: from before the second field.
    { before: known.slice(0, 1), after: known },
    // Newer: PostgreSQL was restored to before the third.
    { before: [...known, reserved], after: [...known, reserved] },
    // Both: it has another type for the second.
    {
      before: [{ name: 'g', type: 'boolean' as const }, reserved],
      after: [...known, reserved],
    },
  ];
  for (const { before, after } of cases) {
    await schema.put(key, encodeFields(before));
    await reconcileBuckets({ database, schema, control, log });
    const entry = await schema.get(key);
    expect(decodeFields(entry?.value as Uint8Array)).toEqual(after);
  }
});

test('schema bucket - a measurement that only the bucket has is a reservation, and stays', async () => {
  const key = schemaKey('db', 'reserved');
  const fields = [{ name: 'f', type: 'unsigned' as const }];
  await schema.put(key, encodeFields(fields));
  await reconcileBuckets({ database, schema, control, log });
  expect(decodeFields((await schema.get(key))?.value as Uint8Array)).toEqual(fields);
});
