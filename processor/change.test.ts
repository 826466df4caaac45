import { describe, expect, test } from 'bun:test';
import {
  type Change,
  ceilMs,
  changeOf,
  changeOfDeletion,
  floorMs,
  mergeChanges,
} from './change.ts';

const table = {
  database: 'db',
  measurement: 'm',
  rows: 2,
  merged: 3,
  seriesNew: 1,
  timeMinNs: 1_999_999n,
  timeMaxNs: 2_000_001n,
  fieldsNew: [],
  tagKeysNew: [],
};

describe('changes', () => {
  test('times - are rounded outwards, before 1970 too', () => {
    expect([floorMs(1_999_999n), floorMs(2_000_000n), floorMs(0n)]).toEqual([1, 2, 0]);
    expect([ceilMs(1_999_999n), ceilMs(2_000_000n), ceilMs(2_000_001n)]).toEqual([2, 2, 3]);
    expect([floorMs(-1n), floorMs(-1_000_000n), floorMs(-1_000_001n)]).toEqual([-1, -1, -2]);
    expect([ceilMs(-1n), ceilMs(-1_000_000n), ceilMs(-1_000_001n)]).toEqual([-0, -1, -1]);
  });

  test('a table - becomes a change that covers its points', () => {
    const change = { db: 'db', measurement: 'm', fromMs: 1, toMs: 3, rows: 5, seriesNew: 1 };
    expect(changeOf(table, 7, true)).toEqual({ ...change, fieldsNew: false, committedAtMs: 7 });
    expect(changeOf(table, 7, false).fieldsNew).toBe(true);
    const field = { name: 'f', type: 'float' as const };
    expect(changeOf({ ...table, fieldsNew: [field] }, 7, true).fieldsNew).toBe(true);
  });

  test('a table without rows - does not reach back to 1970', () => {
    const empty = { ...table, rows: 0, merged: 0, timeMinNs: 0n, timeMaxNs: 0n };
    expect(changeOf(empty, 7000, true)).toMatchObject({ fromMs: 7000, toMs: 7000, rows: 0 });
  });

  test('a deletion - is of its range, or of all times', () => {
    const event = { db: 'db', measurement: 'm', startNs: -1n, endNs: 1_000_001n, dropped: false };
    const nothing = { rows: 0, seriesNew: 0, committedAtMs: 9 };
    const change = {
      db: 'db',
      measurement: 'm',
      fromMs: -1,
      toMs: 2,
      fieldsNew: false,
      ...nothing,
    };
    expect(changeOfDeletion(event, 'm', 9)).toEqual(change);
    const dropped = changeOfDeletion({ db: 'db', dropped: true }, 'm', 9);
    const range = { fromMs: -9_223_372_036_855, toMs: 9_223_372_036_855 };
    expect(dropped).toEqual({ db: 'db', measurement: 'm', ...range, fieldsNew: true, ...nothing });
  });

  test('two changes - merge into the union', () => {
    const a: Change = {
      db: 'db',
      measurement: 'm',
      fromMs: 5,
      toMs: 6,
      rows: 1,
      seriesNew: 1,
      fieldsNew: false,
      committedAtMs: 20,
    };
    const b: Change = {
      ...a,
      fromMs: 1,
      toMs: 2,
      rows: 10,
      seriesNew: 2,
      fieldsNew: true,
      committedAtMs: 10,
    };
    const union = { ...a, fromMs: 1, toMs: 6, rows: 11, seriesNew: 3, fieldsNew: true };
    expect(mergeChanges(a, b)).toEqual(union);
    expect(mergeChanges(b, a)).toEqual(union);
  });
});
