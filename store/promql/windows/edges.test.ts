import { describe, expect, test } from 'bun:test';
import { EDGE_CASES, edgeSeries, edgeText, optionsFor, range, valueAt } from '../testing/mod.ts';

const START_MS = 1_700_000_000_000;
const series = [edgeSeries(START_MS)];

describe('edges', () => {
  for (const edge of EDGE_CASES) {
    const { second, value, lookbackS = 300 } = edge;
    const more = { lookbackMs: lookbackS * 1000 };
    test(`${edge.text} after ${second} s, looking back ${lookbackS} s - is ${value}`, async () => {
      const text = edgeText(edge, START_MS);
      const timeMs = START_MS + second * 1000;
      expect(await valueAt(text, timeMs / 1000, series, more)).toBe(value as number);
      // The same amid steps whose ranges overlap, touch, and leave gaps.
      for (const stepMs of [1, 10_000, 60_000, 400_000]) {
        const grid = { startMs: timeMs - stepMs, stepMs, count: 3 };
        const [answer] = await range(text, grid, optionsFor(series, more));
        expect(answer?.values[1], `by ${stepMs} ms`).toBe(value);
      }
    });
  }
});
