import { expect, test } from 'bun:test';
import {
  bytes,
  canonicalKey,
  checkSeed,
  databaseKey,
  decodeCollision,
  decodeFields,
  decodeInstallation,
  decodeName,
  decodeProcessorLease,
  decodeRetentions,
  decodeSchemaKey,
  decodeStoredEvent,
  decodeTags,
  decodeWatermark,
  duration,
  encodeCollision,
  encodeFields,
  encodeInstallation,
  encodeName,
  encodeProcessorLease,
  encodeRetentions,
  encodeStoredEvent,
  encodeTags,
  encodeWatermark,
  integer,
  keyPrefix,
  MessageError,
  partitionOfSeries,
  readSettings,
  SettingError,
  type StoredEvent,
  schemaKey,
  url,
  withoutSecrets,
} from './mod.ts';

test('names - any name survives as a KV token', () => {
  for (const name of [
    'cpu',
    'a b',
    'ü.=*>',
    '日本',
    'x'.repeat(512),
    '\u0001',
    '=41',
    '\ufeffcpu',
  ]) {
    const token = encodeName(name);
    expect(token).toMatch(/^[-_=A-Za-z0-9]+$/);
    expect(decodeName(token)).toBe(name);
  }
  expect(decodeSchemaKey(schemaKey('d.b', 'm m'))).toEqual({ database: 'd.b', measurement: 'm m' });
  expect(decodeSchemaKey(databaseKey('d.b'))).toEqual({ database: 'd.b' });
});

test('names - what encodeName never makes is refused', () => {
  for (const token of ['', '=', '=4', '=zz', 'a.b', 'ä']) expect(() => decodeName(token)).toThrow();
  for (const key of ['', 'db.', '.m', 'db.m.more', 'd b']) {
    expect(() => decodeSchemaKey(key)).toThrow();
  }
});

test('partitions - the highest bits of the id', () => {
  expect(partitionOfSeries(0xffff_ffff_ffff_ffffn, 4)).toBe(3);
  expect(partitionOfSeries(-1n, 4)).toBe(3);
  expect(partitionOfSeries(0x4000_0000_0000_0000n, 4)).toBe(1);
  expect(partitionOfSeries(123n, 1)).toBe(0);
});

test('series key - tags are sorted by bytes and come back', () => {
  const tags = encodeTags([
    { key: 'b', value: '2' },
    { key: 'a', value: '1' },
  ]);
  expect(decodeTags(tags)).toEqual([
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ]);
  const key = canonicalKey(keyPrefix('db', 'm'), tags);
  expect(new TextDecoder().decode(key)).toBe('db\0m\0a\x001\0b\x002');
  expect(canonicalKey(keyPrefix('db', 'm'), new Uint8Array(0))).toEqual(keyPrefix('db', 'm'));
  expect(checkSeed(new Uint8Array(16))).toEqual(new Uint8Array(16).fill(0xa5));
});

test('series key - damaged tags are refused', () => {
  for (const text of ['a', 'a\0', '\0b', 'a\0b\0c']) {
    expect(() => decodeTags(new TextEncoder().encode(text))).toThrow();
  }
});

const EVENT: StoredEvent = {
  partition: 3,
  stream: '2026-01-01T00:00:00Z',
  from: 2 ** 40,
  to: 2 ** 40 + 7,
  committedAtMs: 1_800_000_000_000,
  commit: 2 ** 33,
  tables: [
    {
      database: 'db',
      measurement: 'm',
      rows: 10,
      merged: 2,
      seriesNew: 1,
      timeMinNs: -(2n ** 63n),
      timeMaxNs: 2n ** 63n - 1n,
      fieldsNew: [{ name: 'f', type: 'unsigned' }],
      tagKeysNew: ['host'],
      series: 2,
      ranges: [
        [-9_223_372_036_855, -9_000_000_000_000],
        [0, 9_223_372_036_855],
      ],
    },
  ],
};

test('messages - each comes back as it was', () => {
  expect(decodeStoredEvent(encodeStoredEvent(EVENT))).toEqual(EVENT);
  const { commit: _commit, ...unnumbered } = EVENT;
  const unsure = {
    ...unnumbered,
    tables: EVENT.tables.map(({ series: _, ranges: __, ...table }) => table),
  };
  expect(decodeStoredEvent(encodeStoredEvent(unsure))).toEqual(unsure);
  const installation = { id: '0123abcd', seed: new Uint8Array(16).fill(7) };
  expect(decodeInstallation(encodeInstallation(installation))).toEqual(installation);
  const watermark = { stream: 's', sequence: 2 ** 33 };
  expect(decodeWatermark(encodeWatermark(watermark))).toEqual(watermark);
  const counted = {
    ...watermark,
    series: new Map([
      ['a', 0],
      ['b c', 10_000_000],
    ]),
  };
  expect(decodeWatermark(encodeWatermark(counted))).toEqual(counted);
  const lease = { holder: 'h', epoch: 1_800_000_000_000, released: true };
  expect(decodeProcessorLease(encodeProcessorLease(lease))).toEqual(lease);
  const fields = [{ name: 'a b', type: 'string' as const }];
  expect(decodeFields(encodeFields(fields))).toEqual(fields);
  for (const check of [0n, 1n, 2n ** 64n - 1n]) {
    expect(decodeCollision(encodeCollision(check))).toBe(check);
  }
});

test('messages - truncated or of another version is an error', () => {
  const whole = encodeStoredEvent(EVENT);
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeStoredEvent(whole.subarray(0, length))).toThrow(MessageError);
  }
  const other = encodeWatermark({ stream: 's', sequence: 1 });
  other[1] = 2;
  expect(() => decodeWatermark(other)).toThrow(/version 2/);
  const type = encodeFields([{ name: 'f', type: 'float' }]);
  type[type.length - 1] = 99;
  expect(() => decodeFields(type)).toThrow(MessageError);
});

const SETTINGS = {
  workers: integer('WORKERS', 1, { min: 1, max: 8 }, 'processes'),
  cache: bytes('CACHE', '64MiB', 'memory'),
  wait: duration('WAIT', '5s', 'time'),
  database: url('DATABASE_URL', undefined, ['postgres'], 'where'),
};

test('settings - defaults and units', () => {
  expect(readSettings(SETTINGS, {})).toEqual({ workers: 1, cache: 2 ** 26, wait: 5000 } as never);
  expect(readSettings(SETTINGS, { WORKERS: '8', CACHE: '1GiB', WAIT: '2m' })).toMatchObject({
    workers: 8,
    cache: 2 ** 30,
    wait: 120_000,
  });
});

test('settings - lengths of time keep to their range', () => {
  const range = { min: '500ms', max: '1h' };
  const settings = { lease: duration('LEASE', '3s', 'time', range) };
  for (const LEASE of ['500ms', '60m']) expect(readSettings(settings, { LEASE })).toBeObject();
  for (const LEASE of ['0ms', '499ms', '2h', '3']) {
    expect(() => readSettings(settings, { LEASE })).toThrow(/from 500ms to 1h, such as 3s/);
  }
});

test('settings - an error names each variable, what it got and a valid value, but no secret', () => {
  const environment = { WORKERS: '9', CACHE: 'big', DATABASE_URL: 'mysql://user:hush@x' };
  expect(() => readSettings(SETTINGS, environment)).toThrow(SettingError);
  expect(() => readSettings(SETTINGS, environment)).toThrow(/WORKERS is "9".*1 to 8/);
  expect(() => readSettings(SETTINGS, environment)).toThrow(/CACHE is "big".*64MiB/);
  expect(() => readSettings(SETTINGS, environment)).not.toThrow(/hush/);
});

test('log - a URL is shown without its password', () => {
  expect(withoutSecrets('nats://u:p@h:1,nats://t@h2')).toBe('nats://***@h:1,nats://***@h2');
});

test('retentions - survive', () => {
  const retentions = {
    fallback: null,
    databases: new Map([
      ['ü', 86_400_000],
      ['b', null],
    ]),
  };
  expect(decodeRetentions(encodeRetentions(retentions))).toEqual(retentions);
  expect(() => decodeRetentions(encodeRetentions({ ...retentions, fallback: -1 }))).toThrow(
    MessageError,
  );
});
