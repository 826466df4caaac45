/**
 * The piece of a body that is being parsed. A newline stands behind its last byte, whether the body has one there or not, so
 * that no scan runs away; whether that newline counts depends on whether the body ends with the piece.
 */
import { NEWLINE } from './bytes';
import { LIMIT_PIECE_BYTES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/** Scans for an escape look at the byte before; in front of the first byte of a piece stands a zero. */
const MARGIN_BYTES: usize = 16;

/** First byte of the piece. */
export let inputAt: usize = 0;
/** The newline behind it. */
export let inputEnd: usize = 0;
/** Whether the body ends with this piece. */
export let inputIsLast: bool = false;
/** The last byte at which a newline ends a line for certain. */
export let lineEndMax: usize = 0;

export function reserveInput(): void {
  inputAt = reserve(MARGIN_BYTES + limit(LIMIT_PIECE_BYTES)) + MARGIN_BYTES;
}

/** The door has written a piece of `length` bytes to `inputAt`. */
export function setInput(length: u32, isLast: bool): void {
  inputEnd = inputAt + length;
  inputIsLast = isLast;
  lineEndMax = isLast ? inputEnd : inputEnd - 1;
  store<u8>(inputEnd, NEWLINE);
}
