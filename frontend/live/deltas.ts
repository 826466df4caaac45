import type { Changes, WindowSeries } from './live-window.ts';
import type { StepRange } from './step-ranges.ts';

/** Steps without a change that cost less than another message. */
const GAP_STEPS_MAX = 64;

/** Changes that are near each other: one message. */
export interface Run extends StepRange {
  readonly series: readonly WindowSeries[];
}

/** The changes as runs of steps, oldest first, so that a point that came late does not resend all since. */
export function runsOf({ from, steps, series }: Changes): Run[] {
  const ranges: { from: number; to: number }[] = [];
  for (const [i, changed] of steps.entries()) {
    if (changed === 0) continue;
    const step = from + i;
    const last = ranges.at(-1);
    if (last && step - last.to <= GAP_STEPS_MAX) last.to = step;
    else ranges.push({ from: step, to: step });
  }
  return ranges.map((range) => ({
    ...range,
    series: series
      .filter((one) => one.from <= range.to && one.to >= range.from)
      .map((one) => one.series),
  }));
}
