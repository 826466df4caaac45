/**
 * How far back a chart looks. Steps make a chart some hundred points wide, and are never longer than a selector looks back (five
 * minutes): a sample further from the next step would not be seen at all.
 */
export interface Range {
  /** As it is written in the address, and on its button. */
  readonly name: string;
  /** In words, for a sentence: "in the last …". */
  readonly words: string;
  readonly rangeMs: number;
  readonly stepMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** From short to long. */
export const RANGES: readonly Range[] = [
  { name: '5m', words: '5 minutes', rangeMs: 5 * MINUTE_MS, stepMs: SECOND_MS },
  { name: '15m', words: '15 minutes', rangeMs: 15 * MINUTE_MS, stepMs: 2 * SECOND_MS },
  { name: '1h', words: 'hour', rangeMs: HOUR_MS, stepMs: 5 * SECOND_MS },
  { name: '6h', words: '6 hours', rangeMs: 6 * HOUR_MS, stepMs: 30 * SECOND_MS },
  { name: '24h', words: '24 hours', rangeMs: 24 * HOUR_MS, stepMs: 2 * MINUTE_MS },
  { name: '7d', words: '7 days', rangeMs: 7 * 24 * HOUR_MS, stepMs: 5 * MINUTE_MS },
];

export const DEFAULT_RANGE = rangeNamed('5m');

/** The range of that name; the default when there is none. */
export function rangeNamed(name: string | null): Range {
  const range = RANGES.find((candidate) => candidate.name === name) ?? RANGES[0];
  if (!range) throw new Error('there are no ranges');
  return range;
}

/** The shortest range that reaches back to something of that age. */
export function rangeReaching(ageMs: number): Range | undefined {
  return RANGES.find(({ rangeMs }) => rangeMs > ageMs);
}
