import { beforeEach, describe, expect, test } from 'bun:test';
import { RowEncoder } from './rows.ts';
import { type BusiestOfTable, NO_ROWS_NS } from './rows-index.ts';
import { sampleMessage } from './rows-samples.ts';

const SERIES = 500;
const idOf = (series: number) => BigInt.asUintN(64, BigInt(series + 1) * 0x9e3779b97f4a7c15n);

describe('busiest series', async () => {
  const encoder = await RowEncoder.create({ seed: new Uint8Array(16) });
  const { index } = encoder;

  beforeEach(() => index.clear());

  function add(series: number, table: number): void {
    index.add(idOf(series), { check: 1n, newestNs: NO_ROWS_NS, table });
  }

  /** Classifies a row of each of these series, which may be the same. */
  function classify(series: readonly number[], timeNs = 1n): void {
    const { message, blocks } = sampleMessage([
      {
        series: series.map(idOf),
        timesNs: series.map(() => timeNs),
        fields: [{ name: 'f', type: 'boolean', values: series.map(() => true) }],
      },
    ]);
    encoder.releaseMessages();
    const handle = encoder.load(message);
    if (!handle || !blocks[0]) throw new Error('an empty encoder had no room');
    encoder.classify(handle, blocks[0]);
  }

  const inOrder = (tables: readonly BusiestOfTable[]) =>
    tables.toSorted((a, b) => a.table - b.table);

  test('those with the most rows of each table - are found as by counting', () => {
    const tableOf = (series: number) => 1 + (series % 7);
    for (let series = 0; series < SERIES; series++) add(series, tableOf(series));
    const rows = new Map<number, number>();
    let random = 1;
    for (let round = 0; round < 20; round++) {
      const some = Array.from({ length: 700 }, () => {
        random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
        // The lower, the more often.
        return Math.floor((random / 2 ** 32) ** 2 * SERIES);
      });
      for (const series of some) rows.set(series, (rows.get(series) ?? 0) + 1);
      classify(some, BigInt(round));
    }
    const { tables, leftOut } = index.takeBusiest();
    expect(leftOut).toBe(0);
    expect(tables.map(({ table }) => table).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const { table, rows: rowsOfTable, series } of tables) {
      const counted = [...rows].filter(([each]) => tableOf(each) === table);
      expect(rowsOfTable).toBe(counted.reduce((sum, [, count]) => sum + count, 0));
      const most = counted.map(([, count]) => count).sort((a, b) => b - a);
      expect(series.map((each) => each.rows)).toEqual(most.slice(0, 10));
      const byId = new Map(counted.map(([each, count]) => [idOf(each), count]));
      for (const { id, rows: count } of series) expect(byId.get(id)).toBe(count);
      expect(new Set(series.map(({ id }) => id)).size).toBe(10);
    }
  });

  test('rows that were taken - are not counted again', () => {
    add(0, 1);
    add(1, 1);
    classify([0, 0, 1]);
    expect(index.takeBusiest().tables).toEqual([
      {
        table: 1,
        rows: 3,
        series: [
          { id: idOf(0), rows: 2 },
          { id: idOf(1), rows: 1 },
        ],
      },
    ]);
    expect(index.takeBusiest().tables).toEqual([]);
    // Late ones are rows too.
    classify([1], 0n);
    expect(index.takeBusiest().tables).toEqual([
      { table: 1, rows: 1, series: [{ id: idOf(1), rows: 1 }] },
    ]);
  });

  test('series that go - take their rows with them, and leave those of the others', () => {
    for (const series of [0, 1, 2, 3]) add(series, 1 + (series % 2));
    classify([0, 1, 1, 2, 2, 2, 3, 3, 3, 3]);
    index.removeAll([idOf(1)]);
    add(4, 2);
    expect(inOrder(index.takeBusiest().tables)).toEqual([
      {
        table: 1,
        rows: 4,
        series: [
          { id: idOf(2), rows: 3 },
          { id: idOf(0), rows: 1 },
        ],
      },
      { table: 2, rows: 4, series: [{ id: idOf(3), rows: 4 }] },
    ]);
    classify([0, 3]);
    index.removeTables([1]);
    expect(index.takeBusiest().tables.map(({ table }) => table)).toEqual([2]);
    classify([3]);
    index.clear();
    add(3, 2);
    expect(index.takeBusiest().tables).toEqual([]);
  });

  test('more tables than there is room for - are left out, and their rows are taken all the same', async () => {
    const small = await RowEncoder.create({
      seed: new Uint8Array(16),
      limits: { messageBytesMax: 1024, messagesBytes: 65_536, outputBytes: 65_536 },
    });
    for (let series = 0; series < 20; series++) {
      small.index.add(idOf(series), { check: 1n, newestNs: NO_ROWS_NS, table: 1 + series });
    }
    const { message, blocks } = sampleMessage([
      {
        series: Array.from({ length: 20 }, (_, series) => idOf(series)),
        timesNs: Array.from({ length: 20 }, () => 1n),
        fields: [{ name: 'f', type: 'boolean', values: Array.from({ length: 20 }, () => true) }],
      },
    ]);
    const handle = small.load(message);
    if (!handle || !blocks[0]) throw new Error('an empty encoder had no room');
    small.classify(handle, blocks[0]);
    const { tables, leftOut } = small.index.takeBusiest();
    expect([tables.length, leftOut]).toEqual([6, 14]);
    expect(small.index.takeBusiest()).toEqual({ tables: [], leftOut: 0 });
  });
});
