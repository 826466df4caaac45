import type { Threshold, ThresholdLevel } from '../../model/panel-spec.ts';

/** What stands beside a colour, for who can't see it. */
export const LEVEL_MARKS: Readonly<Record<ThresholdLevel, string>> = {
  good: '●',
  warning: '▲',
  danger: '◆',
};

/** The token with the colour of a level. */
export const LEVEL_TOKENS: Readonly<Record<ThresholdLevel, string>> = {
  good: '--good',
  warning: '--warning',
  danger: '--danger',
};

/** The level of the last threshold that a value reaches; undefined: it reaches none. @param thresholds ascending */
export function levelOf(
  value: number,
  thresholds: readonly Threshold[],
): ThresholdLevel | undefined {
  return thresholds.findLast((threshold) => value >= threshold.value)?.level;
}
