/** Numbers, durations and strings as Prometheus writes them. */

/** The shortest digits that mean the number, never with an exponent. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [digits = '', exponent = '0'] = Math.abs(value).toString().split('e');
  return `${sign}${withPointMoved(digits, Number(exponent))}`;
}

/** @param places to the right; to the left when it is negative */
function withPointMoved(digits: string, places: number): string {
  if (places === 0) return digits;
  const [whole = '', fraction = ''] = digits.split('.');
  if (places < 0) return `0.${'0'.repeat(-places - whole.length)}${whole}${fraction}`;
  return `${whole}${fraction}`.padEnd(whole.length + places, '0');
}

/** With its sign turned. */
export function negatedNumberText(text: string): string {
  if (text === 'NaN') return text;
  return text.startsWith('-') ? text.slice(1).replace('Inf', '+Inf') : `-${text.replace('+', '')}`;
}

const DAY_MS = 86_400_000;
const UNITS: readonly (readonly [unit: string, unitMs: number, isWhole: boolean])[] = [
  // Years and weeks only where nothing is left: 90d reads easier than 12w6d.
  ['y', 365 * DAY_MS, true],
  ['w', 7 * DAY_MS, true],
  ['d', DAY_MS, false],
  ['h', 3_600_000, false],
  ['m', 60_000, false],
  ['s', 1000, false],
  ['ms', 1, false],
];

/** @param durationMs whole, not below 0 */
export function durationText(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let leftMs = durationMs;
  let text = '';
  for (const [unit, unitMs, isWhole] of UNITS) {
    const count = Math.floor(leftMs / unitMs);
    if (count === 0 || (isWhole && leftMs % unitMs !== 0)) continue;
    text += `${count}${unit}`;
    leftMs -= count * unitMs;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
/** Besides quotes and backslashes, what Go takes for not printable. */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** In double quotes, as Go quotes it. */
export function quotedText(text: string): string {
  return `"${text.toWellFormed().replace(ESCAPED, escapeOf)}"`;
}

function escapeOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  const plain =
    point < 0x80
      ? `\\x${hex.padStart(2, '0')}`
      : `\\${point < 0x10000 ? 'u' : 'U'}${hex.padStart(point < 0x10000 ? 4 : 8, '0')}`;
  return ESCAPES[character] ?? plain;
}

const PLAIN_NAME = /^[A-Za-z_]\w*$/;

/** The name of a label, in quotes where it needs them. */
export function labelNameText(name: string): string {
  return PLAIN_NAME.test(name) ? name : quotedText(name);
}
