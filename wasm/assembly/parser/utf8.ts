/**
 * Whether the bytes from `start` to `end` are well-formed UTF-8 (RFC 3629: shortest forms only, no surrogates, nothing above
 * U+10FFFF). Plain ASCII is passed 16 bytes a step; what else there is in names and strings is rare enough to go by single
 * characters.
 */
export function isUtf8(start: usize, end: usize): bool {
  let at = start;
  while (at < end) {
    const high = i8x16.bitmask(v128.load(at));
    if (high == 0) {
      at += 16;
      continue;
    }
    at += ctz(high);
    if (at >= end) return true;
    const length = characterLength(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

/** Bytes of the well-formed character at `at`, which is no ASCII, or 0. */
function characterLength(at: usize, end: usize): u32 {
  const lead = load<u8>(at);
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) {
    return end - at >= 2 && isContinuation(at + 1) ? 2 : 0;
  }
  if (lead < 0xf0) {
    if (end - at < 3 || !isContinuation(at + 1) || !isContinuation(at + 2)) return 0;
    const second = load<u8>(at, 1);
    const overlong = lead == 0xe0 && second < 0xa0;
    const surrogate = lead == 0xed && second >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead < 0xf5) {
    if (end - at < 4 || !isContinuation(at + 1) || !isContinuation(at + 2) || !isContinuation(at + 3)) return 0;
    const second = load<u8>(at, 1);
    const overlong = lead == 0xf0 && second < 0x90;
    const beyond = lead == 0xf4 && second >= 0x90;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

function isContinuation(at: usize): bool {
  return (load<u8>(at) & 0xc0) == 0x80;
}

/** The first NUL from `start` on, or `end`. */
export function nulOrEnd(start: usize, end: usize): usize {
  const nuls = i8x16.splat(0);
  for (let at = start; at < end; at += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), nuls));
    if (hits != 0) return min(at + ctz(hits), end);
  }
  return end;
}
