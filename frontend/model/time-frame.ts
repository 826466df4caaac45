/** A stretch of time that charts show. */
export type TimeFrame = RollingFrame | FixedFrame;

/** The last so many milliseconds: moves on with time. */
export interface RollingFrame {
  readonly kind: 'rolling';
  readonly rangeMs: number;
}

/** Milliseconds since 1970; `toMs` is later than `fromMs`. */
export interface FixedFrame {
  readonly kind: 'fixed';
  readonly fromMs: number;
  readonly toMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS = [
  ['d', DAY_MS, 'day'],
  ['h', HOUR_MS, 'hour'],
  ['m', MINUTE_MS, 'minute'],
  ['s', SECOND_MS, 'second'],
] as const;

/** The longest: at the largest step, fewer steps than the store evaluates. */
const RANGE_MAX_MS = 30 * DAY_MS;
const RANGE_MIN_MS = 10 * SECOND_MS;

/** Steps that people can tell ticks apart by; none longer than a selector looks back, or samples would not be seen at all. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300].map((seconds) => seconds * SECOND_MS);
/** Steps of a rolling frame: about as many as a chart is wide. */
const STEPS_MAX = 720;

export const rolling = (rangeMs: number): RollingFrame => ({ kind: 'rolling', rangeMs });

/** Those that have a button, from short to long. */
export const PRESETS: readonly RollingFrame[] = [
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
].map(rolling);

export const DEFAULT_FRAME = rolling(5 * MINUTE_MS);

export function lengthOf(frame: TimeFrame): number {
  return frame.kind === 'rolling' ? frame.rangeMs : frame.toMs - frame.fromMs;
}

/** The step of a live chart over so long a range. */
export function stepOfRange(rangeMs: number): number {
  const fitting = STEPS_MS.find((stepMs) => rangeMs / stepMs <= STEPS_MAX);
  return fitting ?? (STEPS_MS.at(-1) as number);
}

/** "1h", "90m"; of a fixed frame an ISO 8601 interval: "2026-01-31T12:00:00Z/2026-01-31T13:00:00Z". */
export function formatFrame(frame: TimeFrame): string {
  if (frame.kind === 'fixed') return `${formatInstant(frame.fromMs)}/${formatInstant(frame.toMs)}`;
  const [suffix, unitMs] = unitOf(frame.rangeMs);
  // A day is written in hours, as everybody does; several are days.
  if (frame.rangeMs === DAY_MS) return '24h';
  return `${frame.rangeMs / unitMs}${suffix}`;
}

/** What `formatFrame` writes, and any other length such as "45m"; undefined when it is none. */
export function parseFrame(text: string): TimeFrame | undefined {
  const [from, to, more] = text.split('/');
  if (from !== undefined && to !== undefined && more === undefined) return parseInterval(from, to);
  const match = /^(\d{1,7})([dhms])$/.exec(text);
  const unit = UNITS.find(([suffix]) => suffix === match?.[2]);
  if (!match || !unit) return undefined;
  const rangeMs = Number(match[1]) * unit[1];
  return isRangeLength(rangeMs) ? rolling(rangeMs) : undefined;
}

/** Whether a rolling frame may be that long. */
export function isRangeLength(rangeMs: number): boolean {
  return rangeMs >= RANGE_MIN_MS && rangeMs <= RANGE_MAX_MS;
}

function parseInterval(from: string, to: string): FixedFrame | undefined {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return toMs - fromMs >= SECOND_MS ? { kind: 'fixed', fromMs, toMs } : undefined;
}

/** Without milliseconds where there are none. */
function formatInstant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** For a sentence, after "the last": "5 minutes", "hour". */
export function rangeWords(rangeMs: number): string {
  const [, unitMs, word] = rangeMs === DAY_MS ? UNITS[1] : unitOf(rangeMs);
  const count = rangeMs / unitMs;
  return count === 1 ? word : `${count} ${word}s`;
}

/** The largest unit of which it is a whole number. */
function unitOf(rangeMs: number) {
  return UNITS.find(([, unitMs]) => rangeMs % unitMs === 0) ?? UNITS[3];
}

/** The shortest preset that reaches back to something of that age. */
export function presetReaching(ageMs: number): RollingFrame | undefined {
  return PRESETS.find(({ rangeMs }) => rangeMs > ageMs);
}

export function isSameFrame(a: TimeFrame, b: TimeFrame): boolean {
  return formatFrame(a) === formatFrame(b);
}
