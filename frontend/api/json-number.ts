/**
 * Numbers as Prometheus writes them into JSON, in Go's words: shortest form that reads back the same, exponents below 1e-6 and from
 * 1e21 on (JavaScript's very bounds) of two digits at least.
 * https://github.com/prometheus/prometheus/blob/main/util/jsonutil/marshal.go
 */

/** A sample's value, without quotes. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) {
    if (value === 0) return Object.is(value, -0) ? '-0' : '0';
    const text = String(value);
    return text.at(-3) === 'e' ? `${text.slice(0, -1)}0${text.at(-1)}` : text;
  }
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** A scalar's value, without quotes: Prometheus writes it without an exponent, whatever it takes. */
export function formatScalar(value: number): string {
  const text = formatValue(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign, first, others = '', exponent] = match;
  const digits = `${first}${others}`;
  const places = Number(exponent);
  if (places < 0) return `${sign}0.${digits.padStart(digits.length - places - 1, '0')}`;
  return `${sign}${digits.padEnd(places + 1, '0')}`;
}

/** A time as seconds, with three digits of a fraction when it has one. */
export function formatTime(timeMs: number): string {
  const sign = timeMs < 0 ? '-' : '';
  const wholeMs = Math.abs(timeMs);
  const fraction = wholeMs % 1000;
  const seconds = `${sign}${Math.floor(wholeMs / 1000)}`;
  return fraction === 0 ? seconds : `${seconds}.${String(fraction).padStart(3, '0')}`;
}
