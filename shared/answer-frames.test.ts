import { expect, test } from 'bun:test';
import { decodeFrame, encodeBody, encodeFrame, type Frame } from './answer-frames.ts';

test('answer frames - one whose body was encoded before is the same', () => {
  for (const part of [0, 127, 128, 70_000]) {
    for (const body of [{}, { kind: 'list', values: ['a', 'ü'], bin: Uint8Array.of(1, 2, 3) }]) {
      const frame: Frame = { part, kind: 'data', body };
      const encoded = encodeFrame({ ...frame, body: encodeBody(body) });
      expect(encoded).toEqual(encodeFrame(frame));
      expect(decodeFrame(encoded)).toEqual(frame);
    }
  }
});

test('answer frames - zero keeps its sign', () => {
  const frame: Frame = { part: 0, kind: 'data', body: { value: -0, values: [0, -0] } };
  expect(decodeFrame(encodeFrame(frame)).body).toStrictEqual({ value: -0, values: [0, -0] });
});
