import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  type NatsServer,
  type PostgresServer,
  startNats,
  startPostgres,
  waitUntil,
} from '@overseer/local/testing';
import {
  type Bucket,
  type Bus,
  connectBus,
  createLogger,
  databaseKey,
  encodeFields,
  SCHEMA_BUCKET,
  schemaKey,
} from '@overseer/shared';
import { Catalogue, readDatabases } from './catalogue.ts';
import { DeclaredDatabases } from './declared-databases.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database, isOutage } from './postgres.ts';
import { reconcileBuckets } from './reconcile.ts';

const BUCKET = { replicas: 1, bytesMax: 2 ** 20 };
const DEADLINE_MS = 40_000;

const log = createLogger('test');
log.level = 'fatal';
const failures: unknown[] = [];
let nats: NatsServer;
let postgres: PostgresServer;
let bus: Bus;
let database: Database;
let catalogue: Catalogue;
let schema: Bucket;
let declared: DeclaredDatabases;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
  bus = await connectBus({ url: nats.url, name: 'test', log });
  schema = await bus.bucket(SCHEMA_BUCKET, BUCKET);
  database = connectPostgres(postgres.url, 'test', 2);
  await migrate(database);
  catalogue = new Catalogue(database, log);
  declared = new DeclaredDatabases(bus, catalogue, log, (error) => failures.push(error));
  declared.start();
});

afterAll(async () => {
  declared?.stop();
  await bus?.close();
  await database?.end({ timeout: 1 });
  await Promise.all([nats?.stop(), postgres?.stop()]);
});

const declare = (name: string) => schema.put(databaseKey(name), encodeFields([]));

async function catalogueVersion(): Promise<number> {
  const [row] = await database`SELECT version FROM overseer.catalogue_version`;
  return Number(row?.version);
}

/** Also after an outage, which a question of the test itself may run into. */
async function exists(name: string): Promise<void> {
  await waitUntil(
    async () => {
      try {
        return (await readDatabases(database)).includes(name);
      } catch (error) {
        if (!isOutage(error)) throw error;
        return false;
      }
    },
    { what: `the database ${name}`, deadlineMs: DEADLINE_MS },
  );
}

test('declared databases - a key makes the database and its schema, and readers learn of it', async () => {
  const versionBefore = await catalogueVersion();
  await declare('odd "name".x');
  await exists('odd "name".x');
  const schemas = await database`SELECT FROM pg_namespace WHERE nspname = 'odd "name".x'`;
  expect(schemas).toHaveLength(1);
  expect(await catalogueVersion()).toBe(versionBefore + 1);
});

test('declared databases - what exists is left as it is', async () => {
  await declare('twice');
  await exists('twice');
  const versionBefore = await catalogueVersion();
  await declare('twice');
  await declare('after');
  await exists('after');
  expect(await catalogueVersion()).toBe(versionBefore + 1);
});

test('declared databases - keys of measurements, and names that no client may give, make none', async () => {
  const fields = encodeFields([{ name: 'f', type: 'float' }]);
  await schema.put(schemaKey('reserved', 'm'), fields);
  await schema.put('nul=00', fields);
  await schema.put('no=name', fields);
  await schema.put(databaseKey('x'.repeat(129)), fields);
  await declare('last');
  await exists('last');
  expect((await readDatabases(database)).sort()).toEqual([
    'after',
    'last',
    'odd "name".x',
    'twice',
  ]);
  expect(failures).toEqual([]);
});

test('declared databases - an outage of PostgreSQL is waited out', async () => {
  await postgres.kill();
  await declare('patient');
  await postgres.restart();
  await exists('patient');
  expect(failures).toEqual([]);
});

test('declared databases - every database of PostgreSQL gets its key', async () => {
  const control = await bus.bucket('control', BUCKET);
  const fields = [{ name: 'f', type: 'float' as const }];
  await catalogue.ensure([{ database: 'written', measurement: 'm', fields, ns: false }]);
  expect(await schema.get(databaseKey('written'))).toBeUndefined();
  for (let times = 0; times < 2; times++) {
    await reconcileBuckets({ database, schema, control, log });
    expect((await schema.get(databaseKey('written')))?.value).toEqual(encodeFields([]));
  }
});
