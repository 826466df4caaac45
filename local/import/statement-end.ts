const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const HASH = 0x23;
const EQUALS = 0x3d;

/** Ingress takes no longer statement at any setting: a string that does not end within it was never meant to be one. */
export const STATEMENT_BYTES_MAX = 32 * 2 ** 20;

/**
 * Where line protocol can be cut: behind the last statement that ends at `target` or before, else behind the first. A newline within
 * a string ends no statement; what ends one is what ingress takes for its end.
 * @param isAll nothing comes after these bytes
 * @returns 0 when more bytes are needed to tell
 */
export function findCut(bytes: Buffer, target: number, isAll: boolean): number {
  if (isAll && bytes.length <= target) return bytes.length;
  let end = 0;
  while (end < target) {
    const quote = bytes.indexOf(QUOTE, end);
    const isPlain = quote < 0 || quote >= target;
    // Lines before the one with the quote have no strings: they need not be looked at.
    const lineStart = bytes.lastIndexOf(NEWLINE, isPlain ? target - 1 : quote) + 1;
    if (lineStart > end) end = lineStart;
    if (isPlain) {
      if (end > 0) return end;
      const newline = bytes.indexOf(NEWLINE);
      if (newline >= 0 && (quote < 0 || newline < quote)) return newline + 1;
      if (quote < 0) return isAll ? bytes.length : 0;
    }
    const next = statementEnd(bytes, end, isAll);
    if (next === undefined || (next > target && end > 0)) return end;
    end = next;
  }
  return end;
}

/** Behind the newline of the statement that begins at `start`; undefined when more bytes are needed to tell. */
function statementEnd(bytes: Buffer, start: number, isAll: boolean): number | undefined {
  let at = skipBlank(bytes, start);
  if (bytes[at] === HASH) return lineEnd(bytes, at, isAll);
  at = keyEnd(bytes, at);
  for (; at < bytes.length; at++) {
    const code = bytes[at];
    if (code === NEWLINE) return at + 1;
    const opens = code === QUOTE && bytes[at - 1] === EQUALS && bytes[at - 2] !== BACKSLASH;
    if (!opens) continue;
    const close = closingQuote(bytes, at + 1);
    if (close === undefined && !isAll && bytes.length - start < STATEMENT_BYTES_MAX)
      return undefined;
    if (close === undefined || close - start > STATEMENT_BYTES_MAX) {
      return lineEnd(bytes, start, isAll);
    }
    at = close;
  }
  return isAll ? bytes.length : undefined;
}

/** Spaces, and line ends of lines with nothing in them. */
function skipBlank(bytes: Buffer, start: number): number {
  let at = start;
  while (
    bytes[at] === SPACE ||
    bytes[at] === TAB ||
    bytes[at] === NEWLINE ||
    (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === NEWLINE)
  ) {
    at++;
  }
  return at;
}

/** The first space behind measurement and tags that no backslash stands before, or the newline. */
function keyEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== NEWLINE) {
    if (bytes[at] === SPACE && (at === start || bytes[at - 1] !== BACKSLASH)) break;
    at++;
  }
  return at;
}

function closingQuote(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at;
    const next = bytes[at + 1];
    if (bytes[at] === BACKSLASH && (next === QUOTE || next === BACKSLASH)) at++;
  }
  return undefined;
}

function lineEnd(bytes: Buffer, start: number, isAll: boolean): number | undefined {
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline >= 0) return newline + 1;
  return isAll ? bytes.length : undefined;
}
