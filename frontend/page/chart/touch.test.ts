import { describe, expect, test } from 'bun:test';
import { stretchBelow } from './touch.ts';

describe('two fingers', () => {
  test('moved alike - move the chart', () => {
    const stretch = stretchBelow({ startX: 100, x: 40 }, { startX: 200, x: 140 }, 300);
    expect(stretch).toEqual({ left: 60, width: 300 });
    expect(stretchBelow({ startX: 100, x: 40 }, { startX: 200, x: 145 }, 300).width).toBe(300);
  });

  test('moved apart - what is below them stays below them', () => {
    const stretch = stretchBelow({ startX: 100, x: 50 }, { startX: 200, x: 250 }, 300);
    expect(stretch).toEqual({ left: 75, width: 150 });
    // 100 of before is a sixth into the stretch, as 50 is into the chart.
    expect((100 - stretch.left) / stretch.width).toBeCloseTo(50 / 300);
  });

  test('too close to tell - do not stretch it', () => {
    expect(stretchBelow({ startX: 100, x: 90 }, { startX: 110, x: 150 }, 300).width).toBe(300);
  });
});
