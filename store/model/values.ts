import type { FieldType } from '@overseer/shared';
import type { Random } from '../promql/testing/random.ts';
import type { Value } from '../testing/test-ingress.ts';

const FLOATS = [
  -0,
  0,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  1.7976931348623157e308,
  0.1,
  -1e21,
] as const;
const INTEGERS = [0n, -1n, -(2n ** 63n), 2n ** 63n - 1n, 10_000n] as const;
const UNSIGNED = [0n, 1n, 9_999n, 10_000n, 10n ** 16n, 2n ** 63n, 2n ** 64n - 1n] as const;
const STRINGS = [
  '',
  ' ',
  'NULL',
  '\\N',
  `"quotes', and\ttabs\n`,
  'größe 💾',
  'x'.repeat(3000),
] as const;
/** One value in so many is of those that are likely to be mistaken for something. */
const ODD_ONCE_IN = 6;

/** A value of a type: usually one that tells writes apart, sometimes an extreme one. */
export function drawValue(random: Random, type: FieldType): Value {
  const odd = random.once(ODD_ONCE_IN);
  const drawn = random.integer(2 ** 31);
  switch (type) {
    case 'float':
      return { type, value: odd ? random.pick(FLOATS) : drawn / 1000 };
    case 'integer':
      return { type, value: odd ? random.pick(INTEGERS) : BigInt(drawn) - 2n ** 30n };
    case 'unsigned':
      return { type, value: odd ? random.pick(UNSIGNED) : BigInt(drawn) };
    case 'boolean':
      return { type, value: drawn % 2 === 0 };
    case 'string':
      return { type, value: odd ? random.pick(STRINGS) : `text ${drawn}` };
  }
}

/** A value as text, the same for what was written and for what the client makes of a column; distinct values differ. */
export function textOf(value: unknown): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
