import { describe, expect, test } from 'bun:test';
import {
  ANSWER_PART_BYTES,
  decodeShape,
  type MeasurementSummary,
  type StoredEvent,
  type StoredTable,
} from '@overseer/shared';
import { Catalogue } from './catalogue.ts';
import type { Snapshot } from './snapshot.ts';

const summary = (name: string, over: Partial<MeasurementSummary> = {}): MeasurementSummary => ({
  db: 'db',
  name,
  fields: [{ name: 'f', type: 'float' }],
  tagKeys: ['host'],
  tagValueCounts: [1],
  seriesCount: 1,
  seriesNew: 0,
  newestMs: 1000,
  firstWriteMs: 500,
  lastWriteMs: 2000,
  rows: 10,
  merged: 1,
  countedSinceMs: 500,
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

/** Positions from `from` to `to` of partition 0. */
const event = (
  [from, to]: readonly [number, number],
  committedAtMs: number,
  ...tables: readonly StoredTable[]
): StoredEvent => ({ partition: 0, stream: 's', from, to, committedAtMs, tables });

function snapshotOf(
  measurements: readonly MeasurementSummary[],
  { upTo = 0, commits, databases }: { upTo?: number; commits?: number; databases?: string[] } = {},
): Snapshot {
  return {
    positions: [{ partition: 0, stream: 's', sequence: upTo, commits }],
    databases: databases ?? [...new Set(measurements.map(({ db }) => db))],
    seriesNewWindow: { fromMs: 0, toMs: 1 },
    measurements,
  };
}

function catalogueOf(...measurements: MeasurementSummary[]): Catalogue {
  const catalogue = new Catalogue();
  taken(catalogue, () => catalogue.replace(snapshotOf(measurements)));
  return catalogue;
}

/** As it is asked for: with a journal of what comes meanwhile. */
function taken(catalogue: Catalogue, take: () => void): void {
  catalogue.journal.open();
  take();
  catalogue.journal.close();
}

/** Applies an event; gives the measurements that are new or have something new. */
function apply(catalogue: Catalogue, applied: StoredEvent): string[] {
  const found: string[] = [];
  catalogue.apply(applied, (_, measurement) => found.push(measurement));
  return found;
}

const partsOf = (catalogue: Catalogue, db?: string) => [
  ...catalogue.parts(db === undefined ? {} : { db }, NOW_MS),
];

const measurementsOf = (catalogue: Catalogue, db?: string): MeasurementSummary[] =>
  partsOf(catalogue, db).flatMap(({ measurements }) =>
    measurements.map(({ recentRows: _, shape, ...figures }) => ({
      ...figures,
      ...decodeShape(shape),
    })),
  );

const names = (catalogue: Catalogue, db?: string) =>
  measurementsOf(catalogue, db).map(({ name }) => name);

const NOW_MS = 1_700_000_001_000;
const EMPTY_HEAD = {
  kind: 'catalogue' as const,
  databases: [],
  recentWindows: expect.anything(),
  seriesNewWindow: expect.anything(),
  measurements: [],
};

describe('catalogue', () => {
  test('an answer - is sorted by database and name, of all or one database or measurement', () => {
    const catalogue = catalogueOf(summary('b'), summary('a'), summary('z', { db: 'another' }));
    expect(names(catalogue)).toEqual(['z', 'a', 'b']);
    expect(names(catalogue, 'db')).toEqual(['a', 'b']);
    const [part] = partsOf(catalogue, 'another');
    expect(part?.databases).toEqual(['another']);
    expect(partsOf(catalogue, 'none')).toEqual([
      { ...EMPTY_HEAD, seriesNewWindow: { fromMs: 0, toMs: 1 } },
    ]);
    const [one] = catalogue.parts({ db: 'db', measurement: 'b' }, NOW_MS);
    expect(one?.measurements.map(({ name }) => name)).toEqual(['b']);
  });

  test('an empty one - is one part', () => {
    expect(partsOf(new Catalogue())).toEqual([EMPTY_HEAD]);
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
    const parts = partsOf(catalogue);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.map(({ databases }) => databases !== undefined)).toEqual(
      parts.map((_, i) => i === 0),
    );
    expect(measurementsOf(catalogue)).toEqual(all);
    for (const part of parts) {
      const figures = part.measurements.map(({ shape: _, ...rest }) => rest);
      const shapes = part.measurements.reduce((sum, { shape }) => sum + shape.length, 0);
      const rest = Buffer.byteLength(JSON.stringify({ ...part, measurements: figures }));
      expect(shapes + rest).toBeLessThan(ANSWER_PART_BYTES);
    }
  });

  test('an event - moves times and rows, and tells of what only the store knows', () => {
    const catalogue = catalogueOf(summary('m'));
    expect(apply(catalogue, event([0, 1], 6000, table('m')))).toEqual([]);
    expect(measurementsOf(catalogue)).toEqual([
      summary('m', { newestMs: 5000, lastWriteMs: 6000, rows: 11 }),
    ]);
    const late = table('m', { rows: 1, merged: 2, timeMaxNs: 1n });
    expect(apply(catalogue, event([1, 2], 5500, late))).toEqual([]);
    expect(measurementsOf(catalogue)[0]).toMatchObject({
      newestMs: 5000,
      lastWriteMs: 6000,
      rows: 14,
      merged: 3,
    });
    const field = { name: 'g', type: 'float' as const };
    const news = [{ fieldsNew: [field] }, { seriesNew: 1 }, { tagKeysNew: ['rack'] }];
    const tables = news.map((over) => table('m', over));
    expect(apply(catalogue, event([2, 3], 6000, ...tables, table('unknown')))).toEqual([
      'm',
      'm',
      'm',
      'unknown',
    ]);
    expect(catalogue.has('db', 'unknown')).toBe(false);
  });

  test('an event without rows - moves no times', () => {
    const catalogue = catalogueOf(summary('m', { newestMs: null, lastWriteMs: null }));
    const empty = table('m', { rows: 0, timeMinNs: 0n, timeMaxNs: 0n });
    apply(catalogue, event([0, 1], 6000, empty));
    expect(measurementsOf(catalogue)[0]).toMatchObject({ newestMs: null, lastWriteMs: null });
  });

  test('a snapshot - replaces all but times that events know better', () => {
    const catalogue = catalogueOf(summary('m'), summary('dropped'));
    apply(catalogue, event([0, 1], 6000, table('m')));
    const measurements = [summary('m', { seriesCount: 7, newestMs: 4000, lastWriteMs: null })];
    const snapshot = snapshotOf(measurements, { upTo: 1, databases: ['db', 'empty'] });
    taken(catalogue, () => catalogue.replace(snapshot));
    expect(partsOf(catalogue)[0]?.databases).toEqual(['db', 'empty']);
    expect(measurementsOf(catalogue)).toEqual([
      summary('m', { seriesCount: 7, newestMs: 5000, lastWriteMs: 6000 }),
    ]);
  });

  test('a snapshot of some - leaves the others, and drops those that are no more', () => {
    const catalogue = catalogueOf(summary('a'), summary('b'), summary('c'));
    const asked = [['db', 'b'] as const, ['db', 'c'] as const, ['db', 'd'] as const];
    const measurements = [summary('b', { seriesCount: 2 }), summary('d')];
    taken(catalogue, () => catalogue.refresh(asked, snapshotOf(measurements)));
    expect(measurementsOf(catalogue)).toEqual([
      summary('a'),
      summary('b', { seriesCount: 2 }),
      summary('d'),
    ]);
  });

  describe('rows - each is counted once, wherever the snapshot falls among the events', () => {
    /** Ten events of a row, of which the snapshot, asked before event `asked`, has the first `upTo`. */
    function countedWith(asked: number, answered: number, upTo: number): number | undefined {
      const catalogue = catalogueOf(summary('m', { rows: 0, merged: 0 }));
      for (let i = 0; i < 10; i++) {
        if (i === asked) catalogue.journal.open();
        if (i === answered) {
          catalogue.replace(snapshotOf([summary('m', { rows: upTo, merged: 0 })], { upTo }));
          catalogue.journal.close();
        }
        apply(catalogue, event([i, i + 1], 6000, table('m')));
      }
      return measurementsOf(catalogue)[0]?.rows;
    }

    test.each([
      ['behind the chain', 3, 7, 5],
      ['where the chain is', 3, 7, 7],
      ['ahead of the chain', 3, 7, 9],
      ['of before it was asked', 3, 3, 3],
    ])('%s', (_, asked, answered, upTo) => {
      expect(countedWith(asked, answered, upTo)).toBe(10);
    });

    test.each([
      ['with the first of them', { commits: 2, rows: 6 }],
      ['without any', { commits: 1, rows: 1 }],
      ['with all', { commits: 3, rows: 9 }],
    ])('rows that were put off, which move no position, %s', (_, { commits, rows }) => {
      const catalogue = catalogueOf(summary('m', { rows: 0, merged: 0 }));
      apply(catalogue, { ...event([0, 1], 6000, table('m')), commit: 1 });
      catalogue.journal.open();
      apply(catalogue, { ...event([1, 1], 6000, table('m', { rows: 5 })), commit: 2 });
      const counted = summary('m', { rows, merged: 0 });
      catalogue.replace(snapshotOf([counted], { upTo: 1, commits }));
      catalogue.journal.close();
      apply(catalogue, { ...event([1, 1], 6000, table('m', { rows: 3 })), commit: 3 });
      expect(measurementsOf(catalogue)[0]?.rows).toBe(9);
    });

    test('a measurement that an event told of before the store did', () => {
      const catalogue = catalogueOf();
      catalogue.journal.open();
      apply(catalogue, event([0, 1], 6000, table('m')));
      apply(catalogue, event([1, 2], 6000, table('m')));
      catalogue.replace(snapshotOf([summary('m', { rows: 1, merged: 0 })], { upTo: 1 }));
      catalogue.journal.close();
      expect(measurementsOf(catalogue)[0]?.rows).toBe(2);
    });
  });

  test('recent rows - are of windows that end at one moment for all', () => {
    const catalogue = catalogueOf(summary('m'), summary('idle'));
    catalogue.recent.completeSince(NOW_MS - 3_600_000);
    const rows = (count: number) => table('m', { rows: count - 1, merged: 1 });
    apply(catalogue, event([0, 1], NOW_MS - 601_001, rows(1000)));
    apply(catalogue, event([1, 2], NOW_MS - 601_000, rows(100)));
    apply(catalogue, event([2, 3], NOW_MS - 30_000, rows(10)));
    // Of the bucket that is not over yet.
    apply(catalogue, event([3, 4], NOW_MS, rows(1)));
    const [part] = partsOf(catalogue);
    expect(part?.recentWindows).toEqual([
      { fromMs: NOW_MS - 61_000, toMs: NOW_MS - 1000 },
      { fromMs: NOW_MS - 601_000, toMs: NOW_MS - 1000 },
    ]);
    expect(part?.measurements.map(({ recentRows }) => recentRows)).toEqual([
      [0, 0],
      [10, 110],
    ]);
  });

  test('recent rows - of which some may be missing are of the time since', () => {
    const catalogue = catalogueOf(summary('m'));
    apply(catalogue, event([0, 1], NOW_MS - 40_000, table('m')));
    const nothing = { fromMs: NOW_MS - 1000, toMs: NOW_MS - 1000 };
    expect(partsOf(catalogue)[0]?.recentWindows).toEqual([nothing, nothing]);
    catalogue.recent.completeSince(NOW_MS - 60_000);
    apply(catalogue, event([1, 2], NOW_MS - 12_345, table('m')));
    // In one bucket with the one before.
    catalogue.recent.completeSince(NOW_MS - 12_300);
    apply(catalogue, event([2, 3], NOW_MS - 12_301, table('m')));
    apply(catalogue, event([3, 4], NOW_MS - 12_300, table('m')));
    const [part] = partsOf(catalogue);
    const window = { fromMs: NOW_MS - 12_300, toMs: NOW_MS - 1000 };
    expect(part?.recentWindows).toEqual([window, window]);
    expect(part?.measurements[0]?.recentRows).toEqual([1, 1]);
  });

  test('recent rows - of a measurement that was dropped are forgotten, and those of long ago', () => {
    const catalogue = catalogueOf(summary('m'), summary('n'));
    catalogue.recent.completeSince(0);
    apply(catalogue, event([0, 1], NOW_MS - 10_000, table('m'), table('n')));
    expect(catalogue.recent.measurementCount).toBe(2);
    catalogue.forget('db', 'n');
    expect(catalogue.recent.measurementCount).toBe(1);
    const [part] = catalogue.parts({}, NOW_MS + 3_600_000);
    expect(part?.measurements[0]?.recentRows).toEqual([0, 0]);
    expect(catalogue.recent.measurementCount).toBe(0);
  });

  test('too many measurements or tag keys - are left out and counted', () => {
    const many = Array.from({ length: 100_003 }, (_, i) => summary(`m${i}`));
    const catalogue = catalogueOf(...many);
    expect([catalogue.measurementCount, catalogue.leftOut]).toEqual([100_000, 3]);
    const tagKeys = Array.from({ length: 600 }, (_, i) => `k${i}`);
    expect(catalogueOf(summary('m', { tagKeys })).leftOut).toBe(88);
  });
});
