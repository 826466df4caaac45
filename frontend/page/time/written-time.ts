import { instantOf, wallTimeOf } from './time-zone.ts';

/** Times and lengths as people write them. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** By what a unit's name begins with. */
const UNITS: readonly (readonly [pattern: RegExp, unitMs: number])[] = [
  [/^(s|secs?|seconds?)$/, SECOND_MS],
  [/^(m|mins?|minutes?)$/, MINUTE_MS],
  [/^(h|hours?)$/, HOUR_MS],
  [/^(d|days?)$/, DAY_MS],
  [/^(w|weeks?)$/, 7 * DAY_MS],
];

/** "45m", "1h30m", "2 weeks": milliseconds; undefined when it is no length. */
export function parseLength(text: string): number | undefined {
  const compact = text.trim().toLowerCase().replace(/\s+/g, '');
  if (!/^(\d{1,7}[a-z]+)+$/.test(compact)) return undefined;
  let lengthMs = 0;
  for (const [, count, name = ''] of compact.matchAll(/(\d+)([a-z]+)/g)) {
    const unit = UNITS.find(([pattern]) => pattern.test(name));
    if (!unit) return undefined;
    lengthMs += Number(count) * unit[1];
  }
  return lengthMs;
}

const INSTANT = /^(?<day>\d{4}-\d{2}-\d{2}|today|yesterday)?(?:(?:^|[ t]+)(?<time>[\d:]+))?$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}t[\d:.]+(z|[+-]\d{2}:?\d{2})$/;

/**
 * "2026-01-31 12:00", "14:30", "yesterday 8:00", "now", "now-2h", or ISO 8601 with its offset.
 * @param nowMs what "now", "today" and "yesterday" mean
 * @param zone of which the clock is, where the text names none
 * @returns milliseconds since 1970; undefined when it is no time
 */
export function parseInstant(text: string, nowMs: number, zone: string): number | undefined {
  const written = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (written === '') return undefined;
  const now = /^now(?: ?- ?(.+))?$/.exec(written);
  if (now) {
    const ageMs = now[1] === undefined ? 0 : parseLength(now[1]);
    return ageMs === undefined ? undefined : nowMs - ageMs;
  }
  if (ABSOLUTE.test(written)) {
    const timeMs = Date.parse(written.toUpperCase());
    return Number.isNaN(timeMs) ? undefined : timeMs;
  }
  const { day, time } = INSTANT.exec(written)?.groups ?? {};
  if (day === undefined && time === undefined) return undefined;
  const dayMs = parseDay(day ?? 'today', wallTimeOf(nowMs, zone));
  const timeMs = time === undefined ? 0 : parseClock(time);
  return dayMs === undefined || timeMs === undefined ? undefined : instantOf(dayMs + timeMs, zone);
}

/** @returns its beginning, on the clock of the wall */
function parseDay(day: string, wallNowMs: number): number | undefined {
  const todayMs = Math.floor(wallNowMs / DAY_MS) * DAY_MS;
  if (day === 'today') return todayMs;
  if (day === 'yesterday') return todayMs - DAY_MS;
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  // A day that no month has would be another month's.
  const isReal = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(day);
  return isReal ? dayMs : undefined;
}

/** "8:00", "14:30:05". */
function parseClock(time: string): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(time) ?? [];
  if (hours === undefined || Number(hours) > 23) return undefined;
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
}

/** "2026-01-31 12:00:00", as `parseInstant` reads it; seconds only where there are some. */
export function writeInstant(timeMs: number, zone: string): string {
  const [day, clock = ''] = new Date(wallTimeOf(timeMs, zone)).toISOString().split('T');
  const time = clock.slice(0, 8);
  return `${day} ${time.endsWith(':00') ? time.slice(0, 5) : time}`;
}
