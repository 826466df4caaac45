import { expect, test } from 'bun:test';
import { encode } from '@msgpack/msgpack';
import { randomOf } from '../testing/random.ts';
import { decodePageMessage, encodeMessage, type Subscribe } from './protocol.ts';

const subscribe: Subscribe = {
  kind: 'subscribe',
  id: 7,
  db: 'test',
  expr: 'sum(rate(cpu[5m]))',
  stepMs: 1000,
  rangeMs: 60_000,
};

test('page messages - come out as they went in', () => {
  for (const message of [
    subscribe,
    { ...subscribe, fineStepMs: 500 },
    { kind: 'unsubscribe', id: 0 } as const,
  ]) {
    expect(decodePageMessage(encodeMessage(message))).toEqual(message);
  }
  // A later page may say more.
  expect(decodePageMessage(encode({ ...subscribe, colour: 'red' }))).toEqual(subscribe);
});

test('page messages - that are none are refused in words', () => {
  const cases: readonly [unknown, string][] = [
    [null, 'a message is a map'],
    ['text', 'a message is a map'],
    [{ kind: 'unsubscribe' }, 'id: an integer'],
    [{ ...subscribe, id: 1.5 }, 'id: an integer'],
    [{ ...subscribe, kind: 'query' }, 'kind: subscribe or unsubscribe'],
    [{ ...subscribe, db: 1 }, 'db and expr: strings'],
    [{ ...subscribe, expr: undefined }, 'db and expr: strings'],
    [{ ...subscribe, stepMs: 0 }, 'stepMs and rangeMs: whole milliseconds'],
    [{ ...subscribe, rangeMs: Number.POSITIVE_INFINITY }, 'stepMs and rangeMs'],
    [{ ...subscribe, rangeMs: '60000' }, 'stepMs and rangeMs'],
    [{ ...subscribe, fineStepMs: 0.5 }, 'fineStepMs: whole milliseconds'],
    [{ ...subscribe, db: new Uint8Array(3) }, 'bin length'],
    [[subscribe], 'array length'],
    [Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, i])), 'map length'],
  ];
  for (const [message, words] of cases) {
    expect(() => decodePageMessage(encode(message))).toThrow(words);
  }
});

test('page messages - that only claim to be large take no memory', () => {
  // Arrays in arrays, each of 65,535 elements as it says.
  const arrays = Uint8Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 0xdc : 0xff));
  expect(() => decodePageMessage(arrays)).toThrow('array length');
});

test('page messages - whatever bytes come, they are read or refused', () => {
  const random = randomOf(11);
  const below = (limit: number) => Math.floor(random() * limit);
  const whole = encodeMessage(subscribe);
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = whole.slice(0, below(4) === 0 ? below(whole.length) : whole.length);
    for (let change = below(4); change > 0 && bytes.length > 0; change--) {
      bytes[below(bytes.length)] = below(256);
    }
    try {
      const message = decodePageMessage(bytes);
      expect(Number.isSafeInteger(message.id)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
