import { describe, expect, test } from 'bun:test';
import type { SeriesColumns } from '../series/series-columns.ts';
import { drawLines, type LinesContext, type LinesFrame, valueBounds } from './lines.ts';
import { matrixWith } from './testing/matrix.ts';

/** Notes what is drawn: `M` and `L` as in paths of SVG, and the width each was stroked with. */
class Recorder implements LinesContext {
  readonly strokes: string[] = [];
  strokeStyle: LinesContext['strokeStyle'] = '';
  lineWidth = 0;
  lineCap: CanvasLineCap = 'butt';
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
  stroke(): void {
    if (this.#path) this.strokes.push(`${this.#path} ${this.lineWidth}`);
  }
}

/** A step is a pixel wide, values are pixels. */
function frame(matrix: SeriesColumns, fromStep = 0, toStep = 100): LinesFrame {
  return {
    rows: matrix.rows,
    fromMs: fromStep * 1000,
    toMs: toStep * 1000,
    xOf: (timeMs) => timeMs / 1000,
    yOf: (value) => value,
    colourOf: () => '#123456',
    lineWidth: 2,
  };
}

describe('lines', () => {
  test('values that are missing - are gaps', () => {
    const recorder = new Recorder();
    const count = drawLines(recorder, frame(matrixWith([1, 2, null, 4, 5, 6])));
    expect(recorder.strokes).toEqual(['M0,1L1,2M3,4L4,5L5,6 2']);
    expect(count).toBe(5);
  });

  test('a point without neighbours - is a dot', () => {
    const recorder = new Recorder();
    expect(drawLines(recorder, frame(matrixWith([null, 2, null, 4])))).toBe(2);
    expect(recorder.strokes).toEqual(['M1,2L1,2M3,4L3,4 6']);
  });

  test('infinite values - are gaps', () => {
    const recorder = new Recorder();
    drawLines(recorder, frame(matrixWith([1, 2, Number.POSITIVE_INFINITY, 4, 5])));
    expect(recorder.strokes).toEqual(['M0,1L1,2M3,4L4,5 2']);
  });

  test('a part of the time - is drawn with a step on either side', () => {
    const recorder = new Recorder();
    drawLines(recorder, frame(matrixWith([1, 2, 3, 4, 5, 6, 7]), 3, 4));
    expect(recorder.strokes).toEqual(['M2,3L3,4L4,5 2']);
  });

  test('no values - draw nothing', () => {
    const recorder = new Recorder();
    expect(drawLines(recorder, frame(matrixWith([null, null])))).toBe(0);
    expect(recorder.strokes).toEqual([]);
  });

  test('bounds - are those of the series and the time asked for', () => {
    const matrix = matrixWith([1, 2, 30, 4, 5, 6], [null, -7, null, 0, null, null]);
    expect(valueBounds(matrix.rows, 0, 5000)).toEqual([-7, 30]);
    expect(valueBounds(matrix.rows.slice(0, 1), 4000, 5000)).toEqual([4, 6]);
    expect(valueBounds([], 0, 5000)).toBeUndefined();
  });
});
