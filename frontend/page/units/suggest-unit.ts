import type { UnitName } from '../../model/panel-spec.ts';

/** What is made of counters by these is so much per second. */
const RATE = /\b(?:rate|irate|deriv)\s*\(/;
const COUNTING =
  /\b(?:count|count_values|group|absent|changes|resets)\s*(?:by\b|without\b|\(|_over_time)/;

/** The metric's name tells what it is of; the first that fits. */
const BY_NAME: readonly (readonly [pattern: RegExp, unit: UnitName])[] = [
  [/_(?:timestamp|time)_seconds\b|_epoch\b/, 'date'],
  [/_(?:milliseconds|ms)(?:_(?:sum|total))?\b/, 'milliseconds'],
  [/_(?:seconds|s)(?:_(?:sum|total|bucket))?\b|_uptime\b/, 'seconds'],
  [
    /_(?:bytes|bytes_total|bytes_recv|bytes_sent)\b|\bmem_(?:used|free|total|available|cached|buffered)\b/,
    'bytes',
  ],
  [/\bdisk_(?:used|free|total)\b|\bswap_(?:used|free|total)\b/, 'bytes'],
  [/_(?:percent|pct|percentage)\b|\bcpu_usage_\w+/, 'percent'],
  [/_ratio\b|_share\b/, 'share'],
  [/_(?:celsius|temp_c|temperature)\b/, 'celsius'],
];

/** The unit that the names in an expression suggest: only a suggestion. 'none': they say nothing. */
export function suggestUnit(expr: string): UnitName {
  if (COUNTING.test(expr)) return 'none';
  const found = BY_NAME.find(([pattern]) => pattern.test(expr))?.[1] ?? 'none';
  if (!RATE.test(expr)) return found;
  // Seconds per second are a share of the time.
  if (found === 'seconds') return 'share';
  return found === 'bytes' ? 'bytes/s' : 'per second';
}
