import { describe, expect, test } from 'bun:test';
import { float64Bin, float64s, isPresent } from '@overseer/shared';
import { InstantGrid, SpanGrid } from './live-grid.ts';

const SPAN_MS = 120_000;
const grid = new SpanGrid(SPAN_MS / 2, 1000);
/** In span 10, some way in. */
const NOW_MS = 10 * SPAN_MS + 33_400;

/** Which span of the store's answer an evaluation falls into: store/queries/pixel-extremes.ts. */
function spanOfStore(step: number, rangeMs: number, pixels: number, stepMs: number): number {
  for (let span = pixels - 1; span >= 0; span--) {
    if (step >= Math.ceil((span * rangeMs) / (pixels * stepMs))) return span;
  }
  return -1;
}

describe('a grid of spans', () => {
  test('its newest steps - are those of the span that now is in, and come with its first evaluation', () => {
    expect(grid.newestStep(NOW_MS)).toBe(21);
    const atMs = grid.nextStepAtMs(21);
    expect([grid.newestStep(atMs - 1), grid.newestStep(atMs)]).toEqual([21, 23]);
    expect(21 * grid.stepMs - NOW_MS).toBeLessThanOrEqual(grid.aheadMaxMs);
  });

  test('what is over and what is not - are two questions', () => {
    const [closed, open, ...more] = grid.questions({ from: 10, to: 21 }, 21, NOW_MS);
    expect(more).toEqual([]);
    expect(closed).toEqual({
      range: { from: 10, to: 19 },
      startMs: 5 * SPAN_MS,
      endMs: 10 * SPAN_MS - 1,
      stepMs: 1000,
      pixels: 5,
    });
    // The first evaluation that is not before now, and none after it.
    expect(open).toMatchObject({ range: { from: 20, to: 21 }, endMs: 10 * SPAN_MS + 34_000 });
    expect(grid.questions({ from: 10, to: 13 }, 21, NOW_MS)).toHaveLength(1);
    expect(grid.questions({ from: 20, to: 21 }, 21, NOW_MS)).toHaveLength(1);
  });

  test('a span that was over before it was asked for - gets none of the next one', () => {
    const [question] = grid.questions({ from: 20, to: 21 }, 21, 11 * SPAN_MS + 5000);
    expect(question?.endMs).toBe(11 * SPAN_MS - 1000);
  });

  test('the spans of the store - are those of the grid, whatever the lengths', () => {
    for (const [spanMs, fineStepMs] of [
      [5000, 1000],
      [120_000, 1000],
      [900_000, 5000],
      [3_600_000, 15_000],
    ] as const) {
      const spans = new SpanGrid(spanMs / 2, fineStepMs);
      for (const count of [1, 2, 3, 7, 360, 719, 720]) {
        const [question] = spans.questions({ from: 200, to: 199 + 2 * count }, 10_001, 1e13);
        if (!question) throw new Error('there is a question');
        const rangeMs = question.endMs - question.startMs;
        const steps = Math.floor(rangeMs / fineStepMs) + 1;
        expect(steps).toBe((count * spanMs) / fineStepMs);
        for (const span of [0, 1, count >> 1, count - 1]) {
          const first = (span * spanMs) / fineStepMs;
          const last = first + spanMs / fineStepMs - 1;
          const found = [first, last].map((step) => spanOfStore(step, rangeMs, count, fineStepMs));
          if (span < count) expect(found).toEqual([span, span]);
        }
      }
    }
  });

  test('steps that points matter to - are whole spans', () => {
    expect(grid.stepsBetween(NOW_MS, NOW_MS + 300_000)).toEqual({ from: 20, to: 25 });
    // The evaluation that sees the last millisecond of a span is of the next one.
    expect(grid.stepsBetween(11 * SPAN_MS - 1, 11 * SPAN_MS)).toEqual({ from: 22, to: 23 });
  });

  test('a span that has just begun - has its one or two values as a pair', () => {
    const [question] = grid.questions({ from: 20, to: 21 }, 21, 10 * SPAN_MS);
    if (!question) throw new Error('there is a question');
    const pair = (values: number[], present?: number) => {
      const column = grid.columns(question, values.length, {
        labels: {},
        values: float64Bin(Float64Array.from(values)),
        ...(present !== undefined && { present: Uint8Array.of(present) }),
      });
      return [...float64s(column.values)].map((value, i) =>
        isPresent(column.present, i) ? value : null,
      );
    };
    expect(pair([3])).toEqual([3, 3]);
    expect(pair([3, 1])).toEqual([3, 1]);
    expect(pair([0, 4], 0b10)).toEqual([4, 4]);
    expect(pair([0, 0], 0)).toEqual([null, null]);
    expect(pair([Number.NaN, 4])).toEqual([4, 4]);
    expect(pair([Number.NaN])).toEqual([Number.NaN, Number.NaN]);
    const long = { labels: {}, values: float64Bin(new Float64Array(4)) };
    expect(() => grid.columns(question, 4, long)).toThrow('other steps than asked');
  });

  test('coarser ones - still fit, and end with the steps alone', () => {
    const fine: number[] = [];
    for (let one = grid.coarser(); ; one = one.coarser() ?? new InstantGrid(1)) {
      fine.push(one.fineStepMs);
      if (one instanceof InstantGrid) break;
    }
    expect(fine).toEqual([4000, 20_000, 60_000]);
    expect(SpanGrid.fits(1000, 1000)).toBe(false);
    expect(SpanGrid.fits(1500, 1000)).toBe(true);
    expect(SpanGrid.fits(2500, 1500)).toBe(false);
  });
});
