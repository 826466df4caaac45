import { describe, expect, test } from 'bun:test';
import { ANSWER_PART_BYTES, type MeasurementSummary, type StoredTable } from '@overseer/shared';
import { Catalogue } from './catalogue.ts';

const summary = (name: string, over: Partial<MeasurementSummary> = {}): MeasurementSummary => ({
  db: 'db',
  name,
  fields: [{ name: 'f', type: 'float' }],
  tagKeys: ['host'],
  seriesCount: 1,
  newestMs: 1000,
  lastWriteMs: 2000,
  ...over,
});

const table = (measurement: string, over: Partial<StoredTable> = {}): StoredTable => ({
  database: 'db',
  measurement,
  rows: 1,
  merged: 0,
  seriesNew: 0,
  timeMinNs: 5_000_000_000n,
  timeMaxNs: 5_000_000_999n,
  fieldsNew: [],
  tagKeysNew: [],
  ...over,
});

function catalogueOf(...measurements: MeasurementSummary[]): Catalogue {
  const catalogue = new Catalogue();
  const databases = [...new Set(measurements.map(({ db }) => db))];
  catalogue.replace({ positions: [], databases, measurements });
  return catalogue;
}

const names = (catalogue: Catalogue, db?: string) =>
  [...catalogue.parts(db)].flatMap(({ measurements }) => measurements.map(({ name }) => name));

describe('catalogue', () => {
  test('an answer - is sorted by database and name, of all or one database', () => {
    const catalogue = catalogueOf(summary('b'), summary('a'), summary('z', { db: 'another' }));
    expect(names(catalogue)).toEqual(['z', 'a', 'b']);
    expect(names(catalogue, 'db')).toEqual(['a', 'b']);
    const [part] = catalogue.parts('another');
    expect(part?.databases).toEqual(['another']);
    expect([...catalogue.parts('none')]).toEqual([
      { kind: 'catalogue', databases: [], measurements: [] },
    ]);
  });

  test('an empty one - is one part', () => {
    const parts = [...new Catalogue().parts(undefined)];
    expect(parts).toEqual([{ kind: 'catalogue', databases: [], measurements: [] }]);
  });

  test('a large answer - has parts of the size that a message may have', () => {
    const fields = Array.from({ length: 100 }, (_, i) => ({
      name: `${i}`.padEnd(500, 'ü'),
      type: 'float' as const,
    }));
    const all = Array.from({ length: 20 }, (_, i) =>
      summary(`m${String(i).padStart(2, '0')}`, { fields }),
    );
    const catalogue = catalogueOf(...all);
    const parts = [...catalogue.parts(undefined)];
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.map(({ databases }) => databases !== undefined)).toEqual(
      parts.map((_, i) => i === 0),
    );
    expect(parts.flatMap(({ measurements }) => measurements)).toEqual(all);
    for (const part of parts) {
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(ANSWER_PART_BYTES);
    }
  });

  test('an event - moves the times, and asks for the rest when it tells of something new', () => {
    const catalogue = catalogueOf(summary('m'));
    expect(catalogue.apply(table('m'), 6000)).toBe(false);
    expect([...catalogue.parts(undefined)][0]?.measurements).toEqual([
      summary('m', { newestMs: 5000, lastWriteMs: 6000 }),
    ]);
    expect(catalogue.apply(table('m', { timeMaxNs: 1n }), 5500)).toBe(false);
    expect([...catalogue.parts(undefined)][0]?.measurements[0]).toMatchObject({
      newestMs: 5000,
      lastWriteMs: 6000,
    });
    const field = { name: 'g', type: 'float' as const };
    expect(catalogue.apply(table('m', { fieldsNew: [field] }), 6000)).toBe(true);
    expect(catalogue.apply(table('m', { seriesNew: 1 }), 6000)).toBe(true);
    expect(catalogue.apply(table('m', { tagKeysNew: ['rack'] }), 6000)).toBe(true);
    expect(catalogue.apply(table('unknown'), 6000)).toBe(true);
    expect(catalogue.has('db', 'unknown')).toBe(false);
  });

  test('an event without rows - moves no times', () => {
    const catalogue = catalogueOf(summary('m', { newestMs: null, lastWriteMs: null }));
    catalogue.apply(table('m', { rows: 0, timeMinNs: 0n, timeMaxNs: 0n }), 6000);
    expect([...catalogue.parts(undefined)][0]?.measurements[0]).toMatchObject({
      newestMs: null,
      lastWriteMs: null,
    });
  });

  test('a snapshot - replaces all but times that events know better', () => {
    const catalogue = catalogueOf(summary('m'), summary('dropped'));
    catalogue.apply(table('m'), 6000);
    const measurements = [summary('m', { seriesCount: 7, newestMs: 4000, lastWriteMs: null })];
    catalogue.replace({ positions: [], databases: ['db', 'empty'], measurements });
    const [part] = catalogue.parts(undefined);
    expect(part).toEqual({
      kind: 'catalogue',
      databases: ['db', 'empty'],
      measurements: [summary('m', { seriesCount: 7, newestMs: 5000, lastWriteMs: 6000 })],
    });
  });

  test('a snapshot of some - leaves the others, and drops those that are no more', () => {
    const catalogue = catalogueOf(summary('a'), summary('b'), summary('c'));
    const asked = [['db', 'b'] as const, ['db', 'c'] as const, ['db', 'd'] as const];
    const measurements = [summary('b', { seriesCount: 2 }), summary('d')];
    catalogue.refresh(asked, { positions: [], databases: ['db'], measurements });
    expect([...catalogue.parts(undefined)][0]?.measurements).toEqual([
      summary('a'),
      summary('b', { seriesCount: 2 }),
      summary('d'),
    ]);
  });

  test('too many measurements or tag keys - are left out and counted', () => {
    const many = Array.from({ length: 100_003 }, (_, i) => summary(`m${i}`));
    const catalogue = catalogueOf(...many);
    expect([catalogue.measurementCount, catalogue.leftOut]).toEqual([100_000, 3]);
    const tagKeys = Array.from({ length: 600 }, (_, i) => `k${i}`);
    expect(catalogueOf(summary('m', { tagKeys })).leftOut).toBe(88);
  });
});
