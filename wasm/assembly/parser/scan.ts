/**
 * Finding where things end. A newline stands behind the last byte of the input (input.ts), so scans that stop at a newline
 * need no other bound. A delimiter is escaped when the byte before it is a backslash: a backslash itself can't be escaped
 * outside of strings.
 */
import { BACKSLASH, CARRIAGE_RETURN, NEWLINE, QUOTE, SPACE } from './bytes';

/** The first unescaped space, or the first newline, at or after `at`: where a series key ends. */
// @ts-ignore: decorator
@inline
export function keyEnd(at: usize): usize {
  const spaces = i8x16.splat(0x20);
  const newlines = i8x16.splat(0x0a);
  while (true) {
    const bytes = v128.load(at);
    let hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, spaces), i8x16.eq(bytes, newlines)));
    for (; hits != 0; hits &= hits - 1) {
      const hit = at + ctz(hits);
      if (isDelimiter(hit)) return hit;
    }
    at += 16;
  }
}

/** The first unescaped comma or space, or the first newline: where a measurement ends. */
export function measurementEnd(at: usize): usize {
  const commas = i8x16.splat(0x2c);
  const spaces = i8x16.splat(0x20);
  const newlines = i8x16.splat(0x0a);
  while (true) {
    const bytes = v128.load(at);
    const delimiters = v128.or(i8x16.eq(bytes, commas), i8x16.eq(bytes, spaces));
    let hits = i8x16.bitmask(v128.or(delimiters, i8x16.eq(bytes, newlines)));
    for (; hits != 0; hits &= hits - 1) {
      const hit = at + ctz(hits);
      if (isDelimiter(hit)) return hit;
    }
    at += 16;
  }
}

/** The first unescaped comma, equals sign or space, or the first newline: where a tag key, a tag value or a field key ends. */
export function nameEnd(at: usize): usize {
  const commas = i8x16.splat(0x2c);
  const equals = i8x16.splat(0x3d);
  const spaces = i8x16.splat(0x20);
  const newlines = i8x16.splat(0x0a);
  while (true) {
    const bytes = v128.load(at);
    let hits = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, commas), i8x16.eq(bytes, equals)),
        v128.or(i8x16.eq(bytes, spaces), i8x16.eq(bytes, newlines)),
      ),
    );
    for (; hits != 0; hits &= hits - 1) {
      const hit = at + ctz(hits);
      if (isDelimiter(hit)) return hit;
    }
    at += 16;
  }
}

// @ts-ignore: decorator
@inline
function isDelimiter(at: usize): bool {
  return load<u8>(at - 1) != BACKSLASH || load<u8>(at) == NEWLINE;
}

/** The first comma or space, or the first newline: where a number, a boolean, a timestamp or something wrong ends. */
export function tokenEnd(at: usize): usize {
  while (true) {
    const byte = load<u8>(at);
    if (byte == 0x2c || byte == 0x20 || byte == NEWLINE) return at;
    if (byte == 0x0d && load<u8>(at, 1) == NEWLINE) return at;
    at++;
  }
}

/** The first newline at or after `at`, or `end`. */
export function newlineOrEnd(at: usize, end: usize): usize {
  const newlines = i8x16.splat(0x0a);
  for (; at < end; at += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), newlines));
    if (hits != 0) return min(at + ctz(hits), end);
  }
  return end;
}

/** How many newlines there are from `start` to `end`. */
export function countNewlines(start: usize, end: usize): u32 {
  const newlines = i8x16.splat(0x0a);
  let count = 0;
  for (let at = start; at < end; at += 16) {
    let hits = i8x16.bitmask(i8x16.eq(v128.load(at), newlines));
    if (end - at < 16) hits &= (1 << <i32>(end - at)) - 1;
    count += popcnt(hits);
  }
  return count;
}

/**
 * The closing quote of a string whose text starts at `at`.
 * @returns `end` or something behind it when there is none before `end`: where to look for it further
 */
export function closingQuote(at: usize, end: usize): usize {
  const quotes = i8x16.splat(0x22);
  const backslashes = i8x16.splat(0x5c);
  while (at < end) {
    const bytes = v128.load(at);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)));
    if (hits == 0) {
      at += 16;
      continue;
    }
    at += ctz(hits);
    if (at >= end || load<u8>(at) == QUOTE) return at;
    const next = load<u8>(at, 1);
    at += next == QUOTE || next == BACKSLASH ? 2 : 1;
  }
  return at;
}

/** The first byte at or after `at` that is no space. */
export function skipSpaces(at: usize): usize {
  while (load<u8>(at) == SPACE) at++;
  return at;
}

/** The newline that ends the line at `at`, perhaps behind a carriage return; or 0. */
export function newlineAt(at: usize): usize {
  if (load<u8>(at) == CARRIAGE_RETURN) at++;
  return load<u8>(at) == NEWLINE ? at : 0;
}
