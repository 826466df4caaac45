import { expect, test } from 'bun:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { ZstdFrameError, zstdWindowBytes } from './zstd-frames.ts';

const KIBIBYTE = 1024;
/** Raw, run and compressed blocks, several to a frame. */
const CONTENTS = [
  Buffer.alloc(0),
  Buffer.from('m f=1 1\n'),
  Buffer.alloc(300 * KIBIBYTE),
  crypto.getRandomValues(new Uint8Array(60 * KIBIBYTE)),
  Buffer.from(Array.from({ length: 20_000 }, (_, i) => `m,host=h${i} f=${i} ${i}`).join('\n')),
];
const SKIPPABLE = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2);

function compress(content: Uint8Array, checksum: number): Uint8Array {
  const params = { [constants.ZSTD_c_checksumFlag]: checksum };
  return zstdCompressSync(content, { params });
}

test('zstd frames - whole frames of every kind are walked to their end', () => {
  for (const content of CONTENTS) {
    for (const checksum of [0, 1]) {
      const frame = compress(content, checksum);
      expect(zstdWindowBytes(frame)).toBeGreaterThanOrEqual(0);
      expect(zstdWindowBytes(Buffer.concat([frame, SKIPPABLE, frame]))).toBe(
        zstdWindowBytes(frame),
      );
    }
  }
});

test('zstd frames - a frame that breaks off anywhere is an error', () => {
  const frame = Buffer.concat([SKIPPABLE, compress(CONTENTS[4] as Buffer, 1)]);
  for (let length = 0; length < frame.length; length += length < 40 ? 1 : 997) {
    // Behind a whole frame nothing need follow.
    if (length === SKIPPABLE.length) continue;
    expect(() => zstdWindowBytes(frame.subarray(0, length))).toThrow(ZstdFrameError);
  }
  expect(() => zstdWindowBytes(frame.subarray(0, -1))).toThrow('breaks off');
});

test('zstd frames - what is no frame is an error', () => {
  expect(() => zstdWindowBytes(Buffer.from('no frame'))).toThrow('no frame begins at byte 0');
  const frame = compress(Buffer.from('m f=1'), 0);
  expect(() => zstdWindowBytes(Buffer.concat([frame, Buffer.from('junk')]))).toThrow(
    `no frame begins at byte ${frame.length}`,
  );
});

test('zstd frames - the window is what a frame asks for', () => {
  // No single segment, no checksum, no content size; a window of 2^31 and three eighths more; one empty raw block, the last.
  const huge = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, ((31 - 10) << 3) | 3, 1, 0, 0);
  expect(zstdWindowBytes(huge)).toBe(2 ** 31 + 3 * 2 ** 28);
  expect(zstdWindowBytes(compress(Buffer.alloc(300 * KIBIBYTE), 0))).toBe(300 * KIBIBYTE);
});
