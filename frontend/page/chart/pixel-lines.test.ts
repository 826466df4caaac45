import { describe, expect, test } from 'bun:test';
import { drawPixelLine, pixelOf } from './pixel-lines.ts';

const RED = pixelOf('#ff0000');

/** Rows from top to bottom: `#` opaque, `+` a part of it, `.` nothing. A value is a row, a step a column unless told otherwise. */
function drawn(
  values: readonly (number | null)[],
  { width = 6, height = 5, columns = values.map((_, step) => step) } = {},
): { rows: string[]; count: number } {
  const pixels = new Int32Array(width * height);
  const count = drawPixelLine(
    { width, height, pixels },
    Int32Array.from(columns),
    Float64Array.from(values, (value) => value ?? Number.NaN),
    // The middle of a row.
    (value) => value + 0.5,
    RED,
  );
  const rows = Array.from({ length: height }, (_, row) =>
    Array.from(pixels.subarray(row * width, (row + 1) * width), (pixel) =>
      pixel === RED ? '#' : pixel === 0 ? '.' : '+',
    ).join(''),
  );
  return { rows, count };
}

describe('lines of pixels', () => {
  test('a colour - is told by its channels', () => {
    expect(pixelOf('#123456') >>> 0).toBe(0xff563412);
  });

  test('a level line - is one row', () => {
    expect(drawn([2, 2, 2, 2, 2, 2])).toEqual({
      rows: ['......', '......', '######', '......', '......'],
      count: 6,
    });
  });

  test('a line between two rows - has half of each', () => {
    expect(drawn([2.5, 2.5, 2.5]).rows).toEqual(['......', '......', '+++...', '+++...', '......']);
  });

  test('a jump - is drawn from one to the other', () => {
    expect(drawn([0, 4, 4]).rows).toEqual(['##....', '.#....', '.#....', '.#....', '.##...']);
  });

  test('points further apart than a column - have what is between them drawn', () => {
    const { rows } = drawn([0, 4], { columns: [0, 4] });
    expect(rows[0]).toBe('##....');
    expect(rows[4]).toBe('....#.');
    for (const column of [0, 1, 2, 3, 4])
      expect(rows.some((row) => row[column] === '#')).toBe(true);
  });

  test('several points of a column - have the lowest and the highest drawn', () => {
    expect(drawn([2, 0, 4, 2, 2], { columns: [0, 1, 1, 1, 2] }).rows).toEqual([
      '.#....',
      '.#....',
      '###...',
      '.#....',
      '.#....',
    ]);
  });

  test('values that are missing - are gaps, and what is alone is a dot', () => {
    const { rows, count } = drawn([2, 2, null, null, 2, null]);
    expect(count).toBe(3);
    expect(rows[2]).toBe('##.###');
    expect(rows[1]).toBe('...###');
  });

  test('what is beyond an edge - is left out', () => {
    const { rows } = drawn([-9, 9, 2, 2, 99], { columns: [-1, 0, 1, 2, 7] });
    expect(rows.map((row) => row[0]).join('')).toBe('#####');
    expect(rows[2]).toStartWith('###');
    expect(rows.every((row) => row[5] === '.')).toBe(true);
  });

  test('a second line - is over the first', () => {
    const area = { width: 1, height: 1, pixels: new Int32Array(1) };
    const [column, value] = [Int32Array.of(0, 0), Float64Array.of(0, 0)];
    const blue = pixelOf('#0000ff');
    drawPixelLine(area, column, value, () => 0.5, RED);
    drawPixelLine(area, column, value, () => 1, blue);
    const [pixel = 0] = area.pixels;
    expect(pixel >>> 24).toBe(255);
    expect(pixel & 0xff).toBeWithin(120, 136);
    expect((pixel >> 16) & 0xff).toBeWithin(120, 136);
    drawPixelLine(area, column, value, () => 0.5, blue);
    expect(area.pixels[0]).toBe(blue);
  });
});
