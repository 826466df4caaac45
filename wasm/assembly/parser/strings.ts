/** Text of string fields: between quotes, where a backslash escapes a quote or itself and everything else stands for itself. */
import { BACKSLASH, QUOTE } from './bytes';
import { closingQuote } from './scan';

/**
 * Copies a string that has no escapes, no newlines and only ASCII, as most.
 * @param at the byte behind the opening quote
 * @param target where the text goes; up to 16 bytes are written beyond it, but nothing from `targetEnd` on
 * @returns the closing quote, or 0 when the string is of another kind or there is no room
 */
export function copyShortString(at: usize, target: usize, targetEnd: usize): usize {
  const quotes = i8x16.splat(<i8>QUOTE);
  const backslashes = i8x16.splat(<i8>BACKSLASH);
  const controls = i8x16.splat(0x20);
  while (target + 16 <= targetEnd) {
    const bytes = v128.load(at);
    v128.store(target, bytes);
    // As signed numbers, bytes above ASCII are below the space, as NUL, newline and the other control characters are.
    const special = v128.or(i8x16.lt_s(bytes, controls), i8x16.eq(bytes, backslashes));
    const hits = i8x16.bitmask(v128.or(special, i8x16.eq(bytes, quotes)));
    if (hits != 0) {
      const end = at + ctz(hits);
      return load<u8>(end) == QUOTE ? end : 0;
    }
    at += 16;
    target += 16;
  }
  return 0;
}

/** What `measureString` found: bytes without escapes. */
export let stringLength: u32 = 0;

/** Finds the end of a string and its length without escapes. @returns the closing quote, or `end` */
export function measureString(at: usize, end: usize): usize {
  const close = min(closingQuote(at, end), end);
  stringLength = <u32>(close - at);
  for (; at < close; at++) {
    if (isEscape(at)) {
      stringLength--;
      at++;
    }
  }
  return close;
}

/** Copies the text before the closing quote without its escapes. */
export function copyString(at: usize, close: usize, target: usize): void {
  for (; at < close; at++) {
    if (isEscape(at)) at++;
    store<u8>(target++, load<u8>(at));
  }
}

// @ts-ignore: decorator
@inline
function isEscape(at: usize): bool {
  if (load<u8>(at) != BACKSLASH) return false;
  const next = load<u8>(at, 1);
  return next == QUOTE || next == BACKSLASH;
}
