import { expect, test } from 'bun:test';
import { decodeShape, encodeShape } from './measurement-shape.ts';
import { MessageError } from './messages.ts';

test('shape of a measurement - comes back, also from a view on a message', () => {
  const shape = {
    fields: [{ name: 'ü', type: 'float' as const }],
    tagKeys: ['host'],
    tagValueCounts: [4_000_000],
  };
  const bytes = encodeShape(shape);
  expect(decodeShape(bytes)).toEqual(shape);
  const message = new Uint8Array([0, ...bytes, 0]);
  expect(decodeShape(message.subarray(1, -1))).toEqual(shape);
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['no map', Uint8Array.of(0xc0)],
  ['an empty map', Uint8Array.of(0x80)],
  [
    'a cut one',
    encodeShape({ fields: [], tagKeys: ['host'], tagValueCounts: [1] }).subarray(0, 20),
  ],
])('shape of a measurement - %s is refused', (_, bytes) => {
  expect(() => decodeShape(bytes)).toThrow(MessageError);
});
