import { expect, test } from 'bun:test';
import { type Announcements, decodeTags, encodeTags, type Tag } from '@overseer/shared';
import { AnnouncedKeys } from './announced-series.ts';
import { NewSeries } from './new-series.ts';
import type { SeriesRow } from './plan.ts';
import { TagKeys } from './tags-json.ts';

const CHARACTERS = [
  'a',
  'ä',
  '日',
  '👩‍🚀',
  '"',
  '\\',
  '\u0001',
  '\u001f',
  '\u007f',
  '\u2028',
  '\ufeff',
  '/',
  ' ',
];

function announcementsOf(keys: readonly Uint8Array[]): Announcements {
  const ids = new DataView(new ArrayBuffer(keys.length * 8));
  const ends = new DataView(new ArrayBuffer(keys.length * 4));
  let end = 0;
  for (const [position, key] of keys.entries()) {
    end += key.length;
    ids.setBigUint64(position * 8, idOf(position), true);
    ends.setUint32(position * 4, end, true);
  }
  return {
    ids: new Uint8Array(ids.buffer),
    ends: new Uint8Array(ends.buffer),
    keys: new Uint8Array(Buffer.concat(keys)),
  };
}

/** In no order, of either sign. */
const idOf = (position: number) =>
  BigInt.asUintN(64, BigInt(position + 1) * 0x9e37_79b9_7f4a_7c15n);

/** All texts of so many of the characters. */
function texts(length: number): string[] {
  if (length === 0) return [''];
  return texts(length - 1).flatMap((text) => CHARACTERS.map((character) => text + character));
}

function tagLists(): Tag[][] {
  const odd = texts(1).concat(texts(2), '__proto__', 'constructor', '12');
  const value = (i: number) => odd[(i * 7 + 3) % odd.length] as string;
  return [
    [],
    ...odd.map((key, i) => [{ key, value: value(i) }]),
    ...odd.map((key, i) => [
      { key: `${key}1`, value: value(i + 1) },
      { key: 'host', value: value(i + 2) },
      { key: 'x'.repeat(i), value: 'long'.repeat(i * 10 + 1) },
    ]),
  ].map((tags) => tags.filter(({ key }) => key !== ''));
}

function addAll(keys: readonly Uint8Array[], tableId: number) {
  const series = new NewSeries();
  const tagKeys = new TagKeys();
  const announced = new AnnouncedKeys(announcementsOf(keys));
  const positions = Uint32Array.from(keys, (_, position) => position);
  const checks = BigUint64Array.from(keys, (_, position) => BigInt.asUintN(64, -BigInt(position)));
  series.addAnnounced(announced, positions, checks, tableId, tagKeys);
  return { series, tagKeys };
}

const parsed = (rows: readonly SeriesRow[]) =>
  rows.map((row) => ({ ...row, tags: Object.entries(JSON.parse(row.tags)).sort() }));

test('new series - tags of announced keys become JSON, whatever they hold', () => {
  const lists = tagLists();
  const { series, tagKeys } = addAll(lists.map(encodeTags), 7);
  const expected = lists.map((tags, position) => ({
    id: BigInt.asIntN(64, idOf(position)),
    check: -BigInt(position),
    tableId: 7,
    tags: JSON.stringify(Object.fromEntries(tags.map(({ key, value }) => [key, value]))),
  }));
  expect(parsed(series.rows())).toEqual(parsed(expected));
  expect(new Set(tagKeys.names)).toEqual(new Set(lists.flat().map(({ key }) => key)));
});

test('new series - each series by itself is the same as announced ones', () => {
  const { series } = addAll(tagLists().map(encodeTags), 7);
  const single = new NewSeries();
  for (const row of series.rows()) single.add(row);
  expect(Buffer.concat(chunksOf(single))).toEqual(Buffer.concat(chunksOf(series)));
});

test('new series - chunks have every series once, in the order of ids', () => {
  const count = 5000;
  const keys = Array.from({ length: count }, (_, i) =>
    encodeTags([{ key: 'host', value: `host_${i}`.repeat(1 + (i % 50)) }]),
  );
  const { series } = addAll(keys, 1);
  const bytes = Buffer.concat(chunksOf(series));
  const ids: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    ids.push(bytes.readBigInt64BE(at + 6));
    at += 38 + bytes.readInt32BE(at + 34);
  }
  const expected = keys.map((_, position) => BigInt.asIntN(64, idOf(position)));
  expect(ids).toEqual(expected.sort((a, b) => (a < b ? -1 : 1)));
});

test('new series - those of a table can be left out, and all of them', () => {
  const { series } = addAll([encodeTags([{ key: 'a', value: 'b' }])], 1);
  series.add({ id: 1n, check: 2n, tableId: 2, tags: '{"c": "d"}' });
  series.add({ id: 2n, check: 2n, tableId: 2, tags: '{}' });
  expect(series.countByTable()).toEqual(
    new Map([
      [1, 1],
      [2, 2],
    ]),
  );
  series.forget(new Set([1]));
  expect(series.rows().map(({ id }) => id)).toEqual([1n, 2n]);
  series.clear();
  expect(series.size).toBe(0);
  expect(chunksOf(series)).toEqual([Buffer.alloc(0)]);
});

test('new series - a damaged key is refused, the same as by whoever reads tags', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const damaged = [
    text('a'),
    text('\0'),
    text('a\0'),
    text('\0b'),
    text('a\0b\0c'),
    text('a\0b\0'),
    text('a\0b\0\0d'),
    Uint8Array.of(0x61, 0, 0xff),
    Uint8Array.of(0x61, 0, 0xc3),
    Uint8Array.of(0xa4, 0, 0x61),
    Uint8Array.of(0x61, 0, 0xed, 0xa0, 0x80),
  ];
  for (const key of damaged) {
    expect(() => decodeTags(key)).toThrow();
    expect(() => new AnnouncedKeys(announcementsOf([text('a\0b'), key]))).toThrow();
  }
  // Good as a whole, not each by itself.
  const halves = [Uint8Array.of(0x61, 0, 0xc3), Uint8Array.of(0xa4, 0, 0x61)];
  expect(() => new AnnouncedKeys(announcementsOf(halves))).toThrow();
});

const chunksOf = (series: NewSeries) => Array.from(series.chunks(), (chunk) => Buffer.from(chunk));
