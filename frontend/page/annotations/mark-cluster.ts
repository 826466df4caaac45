import type { TimeMark } from './time-mark.ts';

/** Marks that begin so near to each other that one flag stands for all of them. */
export interface MarkCluster {
  /** Pixels from the chart's left. */
  readonly x: number;
  readonly marks: readonly TimeMark[];
}

/**
 * Flags that can be told apart: marks that begin within some pixels of the flag's first one are behind the same.
 * @param xOf where a time is
 */
export function clusterMarks(
  marks: readonly TimeMark[],
  xOf: (timeMs: number) => number,
  gapPx: number,
): readonly MarkCluster[] {
  const clusters: { x: number; marks: TimeMark[] }[] = [];
  for (const mark of marks.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const x = xOf(mark.fromMs);
    const last = clusters.at(-1);
    if (last && x - last.x < gapPx) last.marks.push(mark);
    else clusters.push({ x, marks: [mark] });
  }
  return clusters;
}
