import { expect, test } from 'bun:test';
import { ANSWER_PART_BYTES } from '@overseer/shared';
import { labelsBytes, PartWriter, textBytes } from './answer-parts.ts';

async function partsOf(sizes: readonly number[]): Promise<(readonly number[])[]> {
  const parts: (readonly number[])[] = [];
  const writer = new PartWriter<number>(async (items) => {
    parts.push(items);
  });
  for (const size of sizes) await writer.add(size, size);
  await writer.flush();
  return parts;
}

test('answer parts - items are gathered up to the size of a part', async () => {
  const size = ANSWER_PART_BYTES / 4;
  expect(await partsOf(Array<number>(6).fill(size))).toEqual([
    [size, size, size],
    [size, size, size],
  ]);
});

test('answer parts - a larger item is a part of its own', async () => {
  const large = ANSWER_PART_BYTES * 2;
  expect(await partsOf([1, large, 1])).toEqual([[1], [large], [1]]);
});

test('answer parts - nothing makes no part', async () => {
  expect(await partsOf([])).toEqual([]);
});

test('answer parts - texts count in bytes of UTF-8', () => {
  expect(textBytes('größe')).toBeGreaterThanOrEqual(7);
  expect(labelsBytes({ a: 'ü' })).toBeGreaterThanOrEqual(3);
});
