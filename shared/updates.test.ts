import { expect, test } from 'bun:test';
import { encode } from '@msgpack/msgpack';
import { MessageError } from './messages.ts';
import { decodeUpdate, encodeUpdate, type UpdateMessage } from './updates.ts';

const UPDATE: UpdateMessage = {
  kind: 'update',
  db: 'db',
  measurement: 'm',
  fromMs: -5,
  toMs: 1_800_000_000_000,
  ranges: [
    [-5, 0],
    [1_700_000_000_000, 1_800_000_000_000],
  ],
  rows: 3,
  lateRows: 1,
  seriesMin: 2,
  seriesMax: 3,
  seriesNew: 0,
  fieldsNew: false,
  deleted: false,
  committedAtMs: 1_800_000_000_001,
  epoch: 7,
  source: 'a',
  number: 0,
};

test('updates - each comes back as it was', () => {
  expect(decodeUpdate(encodeUpdate(UPDATE))).toMatchObject(UPDATE);
  const reset = { kind: 'reset', epoch: 7, source: 'a', number: 1 } as const;
  expect(decodeUpdate(encodeUpdate(reset))).toMatchObject(reset);
});

test('updates - of an older processor have one range, and tell nothing of what it did not count', () => {
  const { ranges, lateRows, seriesMin, seriesMax, deleted, epoch, ...older } = UPDATE as Extract<
    UpdateMessage,
    { kind: 'update' }
  >;
  expect(decodeUpdate(encode({ v: 1, ...older }))).toMatchObject({
    ...older,
    ranges: [[older.fromMs, older.toMs]],
    lateRows: 0,
    seriesMin: 0,
    seriesMax: 3,
    deleted: false,
    epoch: 0,
  });
  expect(decodeUpdate(encode({ v: 1, kind: 'reset', source: 'a', number: 1 })).epoch).toBe(0);
});

test('updates - what is not of their shape is refused', () => {
  for (const wrong of [
    { v: 2 },
    { source: 1 },
    { number: 'one' },
    { epoch: 'one' },
    { kind: 'other' },
    { db: undefined },
    { fromMs: 'now' },
    { ranges: [[1]] },
    { ranges: 7 },
  ]) {
    expect(() => decodeUpdate(encode({ v: 1, ...UPDATE, ...wrong }))).toThrow(MessageError);
  }
  expect(() => decodeUpdate(Uint8Array.of(0xc1))).toThrow(MessageError);
});
