/** Numbers, durations and strings as PromQL writes them. Undefined: what they say cannot be. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;
const DURATION_PART = /(\d+)(ms|[smhdwy])/g;
/** Go's longest duration, 2^63 ns: Prometheus refuses longer ones. */
const DURATION_MAX_MS = 2 ** 63 / 1e6;

/** A number with its sign; a duration is its seconds, and a leading 0 means octal where it can, as in Prometheus. */
export function parseNumber(text: string): number | undefined {
  const [, sign, digits = ''] = /^([+-]?)\s*(.*)$/s.exec(text.toLowerCase()) ?? [];
  const value = parseUnsigned(digits.replaceAll('_', ''));
  return value !== undefined && sign === '-' ? -value : value;
}

function parseUnsigned(digits: string): number | undefined {
  if (digits === 'inf') return Number.POSITIVE_INFINITY;
  if (digits === 'nan') return Number.NaN;
  if (DURATION.test(digits)) {
    const durationMs = parseDuration(digits);
    return durationMs === undefined ? undefined : durationMs / 1000;
  }
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  const value = Number(digits);
  return Number.isNaN(value) ? undefined : value;
}

/** Milliseconds of a duration such as `1h30m`, or of a number of seconds. */
export function parseDuration(text: string): number | undefined {
  const durationMs = DURATION.test(text)
    ? text.matchAll(DURATION_PART).reduce((sum, [, n, unit]) => sum + Number(n) * unitMs(unit), 0)
    : Math.trunc((parseNumber(text) ?? Number.NaN) * 1000);
  return durationMs < DURATION_MAX_MS ? durationMs : undefined;
}

const unitMs = (unit = '') => UNIT_MS[unit] ?? Number.NaN;

export function isTerminated(literal: string): boolean {
  return literal.length >= 2 && /^(?:"(?:[^\\"]|\\.)*"|'(?:[^\\']|\\.)*'|`[^`]*`)$/s.test(literal);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const ESCAPE = /\\(?:([0-7]{3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gsu;

/**
 * The text of a terminated string literal, with Go's escapes; none within backticks. `\xff` and `\377` are bytes, which must make
 * UTF-8 together.
 */
export function parseString(literal: string): string | undefined {
  const quote = literal.charAt(0);
  const body = literal.slice(1, -1);
  if (quote === '`' || !body.includes('\\')) return body;
  const bytes: number[] = [];
  const addText = (text: string) => bytes.push(...new TextEncoder().encode(text));
  let from = 0;
  for (const match of body.matchAll(ESCAPE)) {
    addText(body.slice(from, match.index));
    from = match.index + match[0].length;
    const [, octal, hex, short, long, single = ''] = match;
    if (octal !== undefined || hex !== undefined) {
      const byte = Number.parseInt(octal ?? hex ?? '', octal === undefined ? 16 : 8);
      if (byte > 0xff) return undefined;
      bytes.push(byte);
    } else if (short !== undefined || long !== undefined) {
      const point = Number.parseInt(short ?? long ?? '', 16);
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
      addText(String.fromCodePoint(point));
    } else {
      const text = single === quote ? quote : ESCAPES[single];
      if (text === undefined) return undefined;
      addText(text);
    }
  }
  addText(body.slice(from));
  return decodeBytes(bytes);
}

function decodeBytes(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes),
    );
  } catch {
    return undefined;
  }
}
