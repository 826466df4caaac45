/**
 * The frames of zstd (RFC 8878), as far as they must be known before a body is inflated: Bun gives what there is of a frame that
 * breaks off, without an error, and takes whatever memory a frame asks for its window.
 */

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const MAGIC_BYTES = 4;
const SKIPPABLE_SIZE_BYTES = 4;

const SINGLE_SEGMENT = 0x20;
const CHECKSUM = 0x04;
const DICTIONARY = 0x03;
/** By the two highest bits of the descriptor; the first is 1 in a single segment. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CHECKSUM_BYTES = 4;

const WINDOW_LOG_MIN = 10;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_RUN = 1;
const BLOCK_RESERVED = 3;

/** The frames are no zstd, or break off. */
export class ZstdFrameError extends Error {
  override name = 'ZstdFrameError';
}

/**
 * Walks the frames of a body from block to block, without inflating any.
 * @returns the largest window that one of them needs, in bytes
 * @throws ZstdFrameError when they are none or don't end with the body
 */
export function zstdWindowBytes(body: Uint8Array): number {
  const walk = new FrameWalk(body);
  do walk.frame();
  while (!walk.done);
  return walk.windowBytes;
}

class FrameWalk {
  /** Largest of the frames so far. */
  windowBytes = 0;
  readonly #view: DataView;
  #offset = 0;

  constructor(body: Uint8Array) {
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  get done(): boolean {
    return this.#offset === this.#view.byteLength;
  }

  frame(): void {
    const magic = this.#view.getUint32(this.#take(MAGIC_BYTES), true);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
      this.#take(this.#view.getUint32(this.#take(SKIPPABLE_SIZE_BYTES), true));
      return;
    }
    if (magic !== FRAME_MAGIC) {
      throw new ZstdFrameError(`no frame begins at byte ${this.#offset - MAGIC_BYTES}`);
    }
    const hasChecksum = this.#header();
    while (!this.#lastBlock());
    if (hasChecksum) this.#take(CHECKSUM_BYTES);
  }

  /** @returns whether a checksum follows the blocks */
  #header(): boolean {
    const descriptor = this.#byte();
    const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
    const windowBytes = isSingleSegment ? 0 : windowOf(this.#byte());
    this.#take(DICTIONARY_ID_BYTES[descriptor & DICTIONARY] ?? 0);
    const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] || Number(isSingleSegment);
    const contentBytes = this.#contentSize(sizeBytes);
    this.windowBytes = Math.max(this.windowBytes, isSingleSegment ? contentBytes : windowBytes);
    return (descriptor & CHECKSUM) !== 0;
  }

  #contentSize(bytes: number): number {
    const at = this.#take(bytes);
    switch (bytes) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at, true) + 256;
      case 4:
        return this.#view.getUint32(at, true);
      case 8:
        return Number(this.#view.getBigUint64(at, true));
      default:
        return 0;
    }
  }

  /** Passes a block. @returns whether it is the last of its frame */
  #lastBlock(): boolean {
    const at = this.#take(BLOCK_HEADER_BYTES);
    const header = this.#view.getUint16(at, true) | (this.#view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    if (type === BLOCK_RESERVED) throw new ZstdFrameError(`no block begins at byte ${at}`);
    this.#take(type === BLOCK_RUN ? 1 : header >> 3);
    return (header & 1) === 1;
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Where the next bytes begin, which are passed. */
  #take(bytes: number): number {
    const at = this.#offset;
    if (at + bytes > this.#view.byteLength) {
      throw new ZstdFrameError('a frame breaks off at the end of the body');
    }
    this.#offset = at + bytes;
    return at;
  }
}

/** Bytes of the window that its descriptor stands for: a power of two, and eighths of it. */
function windowOf(descriptor: number): number {
  const base = 2 ** (WINDOW_LOG_MIN + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
