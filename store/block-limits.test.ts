import { expect, test } from 'bun:test';
import { type Block, encodeBatch } from '@overseer/shared';
import { RowEncoder } from '@overseer/wasm';
import { beyondLimits } from './block-limits.ts';
import { readMessages } from './incoming.ts';
import type { DeadBlock } from './plan.ts';
import { blockOf, float } from './testing/test-ingress.ts';

const INSTALLATION = '0123abcd';

function block(database: string, measurement: string, field: string): Block {
  const fields = { [field]: float(1) };
  return blockOf({ database, measurement, tags: { host: 'a' }, fields, timeNs: 1n }, 1n);
}

const BEYOND = [
  block('d\0', 'm', 'f'),
  block('d', 'm\0x', 'f'),
  block('d', 'm', '\0'),
  block('ä'.repeat(65), 'm', 'f'),
  block('d', 'm'.repeat(513), 'f'),
  block('d', 'm', 'ä'.repeat(257)),
];
const WITHIN = block('ä'.repeat(64), 'm'.repeat(512), 'ä'.repeat(256));

test('block limits - names that ingress refuses are refused, the longest that it lets in are not', () => {
  for (const each of BEYOND) expect(beyondLimits(each)).toBeString();
  expect(beyondLimits(WITHIN)).toBeUndefined();
});

test('block limits - a block beyond them is a dead letter, the rest of its batch is read', async () => {
  const encoder = await RowEncoder.create({ seed: new Uint8Array(16) });
  const dead: DeadBlock[] = [];
  const payload = encodeBatch({ installation: INSTALLATION, blocks: [...BEYOND, WITHIN] });
  const message = { sequence: 7, payload, headers: {}, storedAtMs: 0 };
  const read = readMessages([message], INSTALLATION, encoder, dead);
  expect(read.map(({ index }) => index)).toEqual([BEYOND.length]);
  expect(dead.map(({ kind, block }) => [kind, block])).toEqual(
    BEYOND.map((_, index) => ['limit', index]),
  );
});
