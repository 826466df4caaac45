import { describe, expect, test } from 'bun:test';
import type { SeriesRow } from '../series/series-columns.ts';
import { drawStack, stackBounds } from './stack.ts';
import { matrixWith } from './testing/matrix.ts';

/** Notes what is drawn: `M` and `L` as in paths of SVG, `fill` and `stroke` where that was done with it. */
class Recorder {
  readonly drawn: string[] = [];
  strokeStyle: string | CanvasGradient | CanvasPattern = '';
  fillStyle: string | CanvasGradient | CanvasPattern = '';
  lineWidth = 0;
  lineJoin: CanvasLineJoin = 'miter';
  #path = '';

  beginPath(): void {
    this.#path = '';
  }
  moveTo(x: number, y: number): void {
    this.#path += `M${x},${y}`;
  }
  lineTo(x: number, y: number): void {
    this.#path += `L${x},${y}`;
  }
  closePath(): void {}
  fill(): void {
    this.drawn.push(`fill ${this.#path}`);
  }
  stroke(): void {
    this.drawn.push(`stroke ${this.#path}`);
  }
}

/** A step is a pixel wide, values are pixels. */
function draw(rows: readonly SeriesRow[]) {
  const recorder = new Recorder();
  const pointCount = drawStack(recorder, {
    rows,
    fromMs: 0,
    toMs: 100_000,
    xOf: (timeMs) => timeMs / 1000,
    yOf: (value) => value,
    colourOf: () => '#123456',
    lineWidth: 2,
  });
  return { pointCount, drawn: recorder.drawn };
}

describe('stacked areas', () => {
  test('each - stands on those before it', () => {
    const { drawn, pointCount } = draw(matrixWith([1, 2], [10, 20]).rows);
    expect(drawn).toEqual([
      ...['fill M0,0L0,1L1,2L1,0', 'stroke M0,1L0,1L1,2'],
      ...['fill M0,1L0,11L1,22L1,2', 'stroke M0,11L0,11L1,22'],
    ]);
    expect(pointCount).toBe(4);
  });

  test('missing values - count as nothing', () => {
    const { drawn } = draw(matrixWith([1, null, 3], [10, 20, 30]).rows);
    expect(drawn.at(-2)).toBe('fill M0,1L0,11L1,20L2,33L2,3L1,0');
    expect(drawn.slice(0, 4)).toEqual([
      ...['fill M0,0L0,1', 'stroke M0,0L0,1', 'fill M2,0L2,3', 'stroke M2,0L2,3'],
    ]);
  });

  test('negative values - go down from zero', () => {
    const { rows } = matrixWith([5, 5], [-2, 1], [-3, -4]);
    expect(draw(rows).drawn.at(-2)).toBe('fill M0,-2L0,-5L1,-4L1,0');
    expect(stackBounds(rows, 0, 1000)).toEqual([-5, 6]);
  });

  test('bounds - have zero, and there are none without values', () => {
    expect(stackBounds(matrixWith([5, 6], [1, 1]).rows, 0, 1000)).toEqual([0, 7]);
    expect(stackBounds(matrixWith([null, null]).rows, 0, 1000)).toBeUndefined();
    expect(stackBounds([], 0, 1000)).toBeUndefined();
  });

  test('series of two queries - meet at the same times', () => {
    const rows = [...matrixWith([1, 2, 3]).rows, ...matrixWith([10, 20]).rows];
    expect(stackBounds(rows, 0, 2000)).toEqual([0, 22]);
  });
});
