import { Encoder } from '@msgpack/msgpack';

/** MessagePack in pieces. https://github.com/msgpack/msgpack/blob/master/spec.md */

/** Of a piece, about. */
const PIECE_BYTES = 64 * 1024;
/** Bins of this size are pieces of their own, without a copy. */
const BIN_PIECE_BYTES = 16 * 1024;
const FIXED_SIZE_MAX = 15;

/** One for all: each has a buffer of its own. */
const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true });

/** Any value, a small one. */
export function packed(value: unknown): Uint8Array {
  return encoder.encode(value);
}

/** What a map of so many pairs begins with. */
export function mapHeader(size: number): Uint8Array {
  return size <= FIXED_SIZE_MAX ? Uint8Array.of(0x80 | size) : header(0xdf, size);
}

/** What an array of so many items begins with. */
export function arrayHeader(size: number): Uint8Array {
  return size <= FIXED_SIZE_MAX ? Uint8Array.of(0x90 | size) : header(0xdd, size);
}

/** What so many bytes begin with. */
export function binHeader(bytes: number): Uint8Array {
  return header(0xc6, bytes);
}

/** A byte that says what it is, and a size of 32 bits, big-endian. */
function header(type: number, size: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, size);
  return bytes;
}

/** The same bytes in larger pieces. */
export function* gatheredBytes(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let gathering: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    const isPiece = chunk.length >= BIN_PIECE_BYTES;
    if (!isPiece) {
      gathering.push(chunk);
      bytes += chunk.length;
    }
    if (bytes >= PIECE_BYTES || (isPiece && bytes > 0)) {
      yield Buffer.concat(gathering, bytes);
      gathering = [];
      bytes = 0;
    }
    if (isPiece) yield chunk;
  }
  yield Buffer.concat(gathering, bytes);
}
