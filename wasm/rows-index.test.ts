import { describe, expect, test } from 'bun:test';
import { canonicalKey, checkSeed, keyPrefix } from '@overseer/shared/series-key';
import { RowEncoder } from './rows.ts';
import {
  NO_ROWS_NS,
  type SeriesColumns,
  type SeriesIndex,
  SeriesLimitError,
} from './rows-index.ts';
import type { LoadedMessage } from './rows-kernel.ts';
import { type SampleAnnouncement, sampleMessage } from './rows-samples.ts';
import { SIPHASH_VECTORS } from './siphash-vectors.ts';

const SEED = Uint8Array.from({ length: 16 }, (_, i) => i);
const PREFIX = keyPrefix('db', 'm');
const TABLE = 7;

/** Ids that share no pattern, as hashes do: an odd multiplier visits every number once. */
const scattered = (count: number) =>
  BigUint64Array.from({ length: count }, (_, i) => BigInt(i) * 0x9e3779b97f4a7c15n);

function columns(ids: BigUint64Array): SeriesColumns {
  return {
    ids,
    checks: ids.map((id) => id + 1n),
    newestNs: BigInt64Array.from(ids, (id) => BigInt.asIntN(64, id)),
    tables: Uint32Array.from(ids, (id) => Number(id & 0xffn)),
  };
}

function expectFound(index: SeriesIndex, { ids, checks, newestNs, tables }: SeriesColumns): void {
  for (const [i, id] of ids.entries()) {
    const found = index.get(id);
    if (
      found?.check !== checks[i] ||
      found?.newestNs !== newestNs[i] ||
      found?.table !== tables[i]
    ) {
      throw new Error(`series ${i}, ${id}: found ${Bun.inspect(found)}`);
    }
  }
}

/** A message that announces series, each with a row, and the parts that the index asks for. */
function announce(encoder: RowEncoder, announced: readonly SampleAnnouncement[]) {
  const { message, blocks } = sampleMessage([
    {
      series: announced.map(({ id }) => id),
      timesNs: announced.map(() => 0n),
      fields: [{ name: 'f', type: 'boolean', values: announced.map(() => true) }],
      announced,
    },
  ]);
  const announcements = blocks[0]?.announced;
  if (!announcements) throw new Error('the sample announces nothing');
  encoder.releaseMessages();
  const handle = encoder.load(message) as LoadedMessage;
  return encoder.index.announce(handle, announcements, PREFIX, TABLE);
}

/** The announcement of a series with these tags, `key NUL value NUL …`, under its true id. */
function truly(encoder: RowEncoder, tags: string): SampleAnnouncement {
  const key = canonicalKey(PREFIX, new TextEncoder().encode(tags));
  return { id: encoder.index.hashes(key).id, tags };
}

describe('series index', async () => {
  const encoder = await RowEncoder.create({ seed: SEED });
  const { index } = encoder;

  test('hashes - ids are SipHash-2-4 by the official vectors', () => {
    const message = Uint8Array.from({ length: 64 }, (_, i) => i);
    for (const [length, expected] of SIPHASH_VECTORS.entries()) {
      const { id } = index.hashes(message.subarray(0, length));
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(id);
      expect(bytes.toString('hex')).toBe(expected);
    }
  });

  test('hashes - checks are the same hash with the seed of checks', async () => {
    const other = await RowEncoder.create({ seed: checkSeed(SEED) });
    const key = new TextEncoder().encode('db\0cpu\0host\0a');
    expect(index.hashes(key).check).toBe(other.index.hashes(key).id);
  });

  test('add - knows a series again, and another key with its id for a collision', () => {
    index.clear();
    const series = { check: 5n, newestNs: -3n, table: TABLE };
    expect(index.add(0n, series)).toBe('added');
    expect(index.add(0n, { ...series, newestNs: 9n })).toBe('known');
    expect(index.add(0n, { ...series, check: 6n })).toBe('collision');
    expect(index.get(0n)).toEqual(series);
    expect(index.get(1n)).toBeUndefined();
    expect(index.size).toBe(1);
  });

  test('add - refuses the series after the last allowed', async () => {
    const small = (await RowEncoder.create({ seed: SEED, limits: { seriesMax: 3 } })).index;
    const series = { check: 0n, newestNs: NO_ROWS_NS, table: TABLE };
    for (const id of [1n, 2n, 3n]) small.add(id, series);
    expect(() => small.add(4n, series)).toThrow(SeriesLimitError);
    expect(small.add(2n, series)).toBe('known');
    expect(() => small.addAll(columns(scattered(4)))).toThrow(SeriesLimitError);
  });

  test('add all - finds every one of many series, whatever bits their ids differ in', () => {
    const count = 100_000;
    const lowBits = BigUint64Array.from({ length: count }, (_, i) => BigInt(i));
    const highBits = lowBits.map((id) => id << 40n);
    for (const ids of [scattered(count), lowBits, highBits]) {
      index.clear();
      const series = columns(ids);
      expect(index.addAll(series)).toBe(count);
      expect(index.addAll(series)).toBe(0);
      expect(index.size).toBe(count);
      expectFound(index, series);
      expect(index.get(2n ** 64n - 1n)).toBeUndefined();
    }
  });

  test('add all - passes more series through than fit into memory at once', async () => {
    const messagesBytes = encoder.limits.messageBytesMax;
    const narrow = (await RowEncoder.create({ seed: SEED, limits: { messagesBytes } })).index;
    const series = columns(scattered(100_000));
    expect(narrow.addAll(series)).toBe(100_000);
    expectFound(narrow, series);
  });

  test('add all - refuses two checks of one id', () => {
    index.clear();
    const series = { ...columns(BigUint64Array.of(1n, 1n)), checks: BigUint64Array.of(1n, 2n) };
    expect(() => index.addAll(series)).toThrow('two checks');
  });

  test('remove partition - forgets its series and no others', () => {
    index.clear();
    const partitions = 8;
    const all = columns(scattered(5_000));
    index.addAll(all);
    const before = index.memoryBytes;
    const partitionOf = (id: bigint) => Number(id >> 61n);
    const removed = all.ids.filter((id) => partitionOf(id) === 7);
    expect(index.removePartition(7, partitions)).toBe(removed.length);
    expect(index.memoryBytes).toBeLessThan(before);
    for (const id of removed) expect(index.get(id)).toBeUndefined();
    expectFound(index, columns(all.ids.filter((id) => partitionOf(id) !== 7)));
    expect(index.removePartition(0, 1)).toBe(5_000 - removed.length);
    expect(index.size).toBe(0);
  });

  test('removal - of tables, and of single series, leaves the others', () => {
    index.clear();
    const all = columns(scattered(5_000));
    index.addAll(all);
    const gone = new Set([3, 200, 7]);
    const [left, removed] = [all.ids.filter((id) => !gone.has(Number(id & 0xffn))), 5_000];
    expect(index.removeTables([200, 3, 3, 7, 1_000_000])).toBe(removed - left.length);
    expectFound(index, columns(left));
    for (const id of all.ids)
      if (gone.has(Number(id & 0xffn))) expect(index.get(id)).toBeUndefined();
    expect(index.removeTables([])).toBe(0);
    const [first = 0n, second = 0n, ...others] = left;
    expect(index.removeAll([first, 12_345n, second, first])).toBe(2);
    expectFound(index, columns(BigUint64Array.from(others)));
    expect(index.size).toBe(others.length);
  });

  test('newest times - are raised, never lowered', () => {
    index.clear();
    index.add(1n, { check: 2n, newestNs: NO_ROWS_NS, table: TABLE });
    for (const newestNs of [-5n, 7n, 3n]) index.raiseNewest(1n, newestNs);
    index.raiseNewest(9n, 1n);
    expect(index.get(1n)).toEqual({ check: 2n, newestNs: 7n, table: TABLE });
    expect(index.size).toBe(1);
  });

  test('announce - adds new series without rows, and passes over known ones', () => {
    index.clear();
    const announced = ['', 'host\0a', 'host\0ü', `host\0${'x'.repeat(60_000)}`].map((tags) =>
      truly(encoder, tags),
    );
    index.add((announced[1] as SampleAnnouncement).id, {
      ...index.hashes(canonicalKey(PREFIX, new TextEncoder().encode('host\0a'))),
      newestNs: 5n,
      table: TABLE,
    });
    const { added, addedChecks, collisions, forged } = announce(encoder, announced);
    expect(Array.from(added)).toEqual([0, 2, 3]);
    expect([collisions.length, forged.length]).toEqual([0, 0]);
    for (const [i, position] of added.entries()) {
      const { id, tags } = announced[position] as SampleAnnouncement;
      const key = canonicalKey(PREFIX, new TextEncoder().encode(tags));
      expect(addedChecks[i]).toBe(index.hashes(key).check);
      expect(index.get(id)).toEqual({
        check: index.hashes(key).check,
        newestNs: NO_ROWS_NS,
        table: TABLE,
      });
    }
    expect(announce(encoder, announced).added.length).toBe(0);
  });

  test('announce - adds none of a block that has one series too many', async () => {
    const small = await RowEncoder.create({ seed: SEED, limits: { seriesMax: 3 } });
    const announced = ['a', 'b', 'c', 'd'].map((host) => truly(small, `host\0${host}`));
    expect(() => announce(small, announced)).toThrow(SeriesLimitError);
    expect(small.index.size).toBe(0);
    expect(announce(small, announced.slice(1)).added.length).toBe(3);
    expect(announce(small, announced.slice(1)).added.length).toBe(0);
    expect(() => announce(small, announced.slice(0, 2))).toThrow(SeriesLimitError);
  });

  test('announce - refuses an id that is not the hash of its key', () => {
    index.clear();
    const honest = truly(encoder, 'host\0a');
    const { added, forged } = announce(encoder, [{ ...honest, id: honest.id + 1n }, honest]);
    expect([Array.from(added), Array.from(forged)]).toEqual([[1], [0]]);
    expect(index.size).toBe(1);
  });

  test('announce - tells a collision from a known series', async () => {
    const colliding = await RowEncoder.create({ seed: SEED, idBits: 4 });
    const announced = Array.from({ length: 17 }, (_, i) => truly(colliding, `host\0${i}`));
    const ids = new Set(announced.map(({ id }) => id));
    const { added, collisions, collisionChecks } = announce(colliding, announced);
    expect(added.length).toBe(ids.size);
    expect(collisions.length).toBe(announced.length - ids.size);
    for (const [i, position] of collisions.entries()) {
      const { tags } = announced[position] as SampleAnnouncement;
      const key = canonicalKey(PREFIX, new TextEncoder().encode(tags));
      expect(collisionChecks[i]).toBe(colliding.index.hashes(key).check);
    }
  });
});
