import { describe, expect, test } from 'bun:test';
import { type Change, changeOf, changeOfDeletion, mergeChanges, updateOf } from './change.ts';

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
const event = { partition: 3, committedAtMs: 7 };
const HOUR_MS = 3_600_000;

describe('changes', () => {
  test('a table - becomes an update that covers its points', () => {
    const counted = { ...table, series: 4 };
    const update = {
      kind: 'update',
      db: 'db',
      measurement: 'm',
      ranges: [[1, 3]],
      fromMs: 1,
      toMs: 3,
      rows: 5,
      lateRows: 3,
      seriesMin: 4,
      seriesMax: 4,
      seriesNew: 1,
      fieldsNew: false,
      deleted: false,
      committedAtMs: 7,
    };
    expect<unknown>(updateOf(changeOf(counted, event, true))).toEqual(update);
    expect(changeOf(table, event, false).fieldsNew).toBe(true);
    const field = { name: 'f', type: 'float' as const };
    expect(changeOf({ ...table, fieldsNew: [field] }, event, true).fieldsNew).toBe(true);
  });

  test('a table that does not tell its series - is of one at least, and of as many as its rows', () => {
    expect(updateOf(changeOf(table, event, true))).toMatchObject({ seriesMin: 1, seriesMax: 5 });
  });

  test('a table with ranges - keeps them apart', () => {
    const ranges = [
      [0, 1],
      [HOUR_MS, HOUR_MS + 1],
    ] as const;
    const update = updateOf(changeOf({ ...table, ranges }, event, true));
    expect(update).toMatchObject({ ranges, fromMs: 0, toMs: HOUR_MS + 1 });
  });

  test('a table without rows - has no range, and does not reach back to 1970', () => {
    const empty = { ...table, rows: 0, merged: 0, timeMinNs: 0n, timeMaxNs: 0n };
    const update = updateOf(changeOf(empty, { ...event, committedAtMs: 7000 }, true));
    expect(update).toMatchObject({ ranges: [], fromMs: 7000, toMs: 7000, rows: 0 });
    expect(update).toMatchObject({ seriesMin: 0, seriesMax: 0 });
  });

  test('a deletion - is of its range, or of all times', () => {
    const deletion = {
      db: 'db',
      measurement: 'm',
      startNs: -1n,
      endNs: 1_000_001n,
      dropped: false,
    };
    const nothing = { rows: 0, lateRows: 0, seriesMin: 0, seriesMax: 0, seriesNew: 0 };
    const change = { db: 'db', measurement: 'm', ...nothing, deleted: true, committedAtMs: 9 };
    expect(updateOf(changeOfDeletion(deletion, 'm', 9))).toMatchObject({
      ...change,
      ranges: [[-1, 2]],
      fieldsNew: false,
    });
    const dropped = changeOfDeletion({ db: 'db', dropped: true }, 'm', 9);
    expect(updateOf(dropped)).toMatchObject({
      ...change,
      ranges: [[-9_223_372_036_855, 9_223_372_036_855]],
      fieldsNew: true,
    });
  });

  test('two changes - merge into what both say', () => {
    const a: Change = {
      db: 'db',
      measurement: 'm',
      ranges: [[5, 6]],
      rows: 4,
      lateRows: 1,
      seriesByPartition: new Map([
        [0, 2],
        [1, 1],
      ]),
      seriesMax: 3,
      seriesNew: 1,
      fieldsNew: false,
      deleted: false,
      committedAtMs: 20,
    };
    const b: Change = {
      ...a,
      ranges: [
        [1, 5],
        [HOUR_MS, HOUR_MS],
      ],
      rows: 7,
      lateRows: 0,
      seriesByPartition: new Map([
        [1, 4],
        [2, 1],
      ]),
      seriesMax: 5,
      deleted: true,
      fieldsNew: true,
      committedAtMs: 10,
    };
    expect<unknown>(updateOf(mergeChanges(a, b))).toEqual({
      kind: 'update',
      db: 'db',
      measurement: 'm',
      ranges: [
        [1, 6],
        [HOUR_MS, HOUR_MS],
      ],
      fromMs: 1,
      toMs: HOUR_MS,
      rows: 11,
      lateRows: 1,
      // Of each partition the most: no series is of two.
      seriesMin: 2 + 4 + 1,
      seriesMax: 8,
      seriesNew: 2,
      fieldsNew: true,
      deleted: true,
      committedAtMs: 20,
    });
  });
});
