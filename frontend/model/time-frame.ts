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

/** The longest: at the largest span, no more spans than a chart is wide. */
const RANGE_MAX_MS = 30 * DAY_MS;
const RANGE_MIN_MS = 10 * SECOND_MS;

/** The finest step that the server keeps live. */
const LIVE_STEP_MIN_MS = SECOND_MS;
/** Steps of a rolling frame: about two for each pixel of a chart. */
const LIVE_STEPS_MAX = 1440;
/** Spans of time that people can tell ticks apart by. */
const SPANS_MS = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * SECOND_MS);
/** What is looked at within them, as far as the store evaluates so many steps. None is longer than a selector looks back. */
const FINE_STEPS_MS = [1, 2, 5, 15, 30, 60].map((s) => s * SECOND_MS);
const FINE_STEPS_MAX = 200_000;

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

/** How a live chart has its range: each step a value, or each two steps the least and greatest of values every `fineStepMs`. */
export interface LiveSteps {
  readonly stepMs: number;
  readonly fineStepMs?: number;
}

/** The steps of a live chart over so long a range. */
export function liveStepsOf(rangeMs: number): LiveSteps {
  if (rangeMs / LIVE_STEP_MIN_MS <= LIVE_STEPS_MAX) return { stepMs: LIVE_STEP_MIN_MS };
  const spanMs = SPANS_MS.find((candidate) => rangeMs / candidate <= LIVE_STEPS_MAX / 2);
  const fineStepMs = FINE_STEPS_MS.find((candidate) => rangeMs / candidate <= FINE_STEPS_MAX);
  if (!spanMs || !fineStepMs) throw new RangeError(`${rangeMs} ms are longer than a range may be`);
  return { stepMs: spanMs / 2, fineStepMs };
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
