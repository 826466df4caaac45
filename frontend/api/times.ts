import { AnswerError } from '@overseer/shared';

/** Times and lengths of time as Prometheus' HTTP API takes them. */

/** The range of times that Date knows. */
const TIME_MAX_MS = 8.64e15;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** Every unit at most once, from the largest to the smallest; at least one. */
const DURATION =
  /^(?=\d)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DURATION_UNITS_MS = [
  365 * 86_400_000,
  7 * 86_400_000,
  86_400_000,
  3_600_000,
  60_000,
  1000,
  1,
] as const;

/**
 * A time, in milliseconds since 1970.
 * @param text seconds since 1970, with a fraction if need be, or RFC 3339
 * @param parameter for the error
 * @throws AnswerError bad_data
 */
export function parseTime(text: string, parameter: string): number {
  const timeMs = NUMBER.test(text)
    ? wholeMs(Number(text))
    : RFC_3339.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Math.abs(timeMs) <= TIME_MAX_MS) return timeMs;
  throw new AnswerError(
    'bad_data',
    `${parameter} is "${text}"; valid is a time in seconds since 1970 or in RFC 3339, such as 2026-01-31T12:00:00Z`,
  );
}

/** The fraction is rounded by itself, as Prometheus does: of 1700000100.0005 a float64 keeps a little less than half a millisecond. */
function wholeMs(seconds: number): number {
  const whole = Math.trunc(seconds);
  return whole * 1000 + Math.round((seconds - whole) * 1000);
}

/**
 * A length of time above 0, in milliseconds.
 * @param text seconds, with a fraction if need be, or units as in PromQL
 * @param parameter for the error
 * @throws AnswerError bad_data
 */
export function parseDuration(text: string, parameter: string): number {
  const lengthMs = NUMBER.test(text) ? Math.round(Number(text) * 1000) : unitsMs(text);
  if (lengthMs >= 1 && lengthMs <= TIME_MAX_MS) return lengthMs;
  throw new AnswerError(
    'bad_data',
    `${parameter} is "${text}"; valid is a length of time of a millisecond or more, in seconds or like 1m30s`,
  );
}

/** NaN when the text is none. */
function unitsMs(text: string): number {
  const match = DURATION.exec(text);
  if (!match) return Number.NaN;
  return DURATION_UNITS_MS.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unit, 0);
}
