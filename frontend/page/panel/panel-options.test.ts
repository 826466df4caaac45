import { describe, expect, test } from 'bun:test';
import { DEFAULT_OPTIONS, type PanelOptions } from '../../model/panel-spec.ts';
import { parseOptions, writeOptions } from './panel-options.ts';

function written(options: PanelOptions): string {
  const parameters = new URLSearchParams();
  writeOptions(options, parameters);
  return parameters.toString();
}

const read = (text: string) => parseOptions(new URLSearchParams(text));

describe('options of a panel in the address', () => {
  test('defaults - are left out', () => {
    expect(written(DEFAULT_OPTIONS)).toBe('');
    expect(read('')).toEqual(DEFAULT_OPTIONS);
  });

  test('what is written - is read as it was', () => {
    const options: PanelOptions = {
      view: 'stacked',
      unit: 'bytes/s',
      scale: 'log',
      min: -0.5,
      max: 1e21,
      thresholds: [
        { value: -3, level: 'good' },
        { value: 80.5, level: 'danger' },
      ],
    };
    expect(read(written(options))).toEqual(options);
  });

  test('what means nothing - is the default', () => {
    expect(read('view=pie&unit=furlongs&scale=root&min=x&max=Infinity&threshold=9')).toEqual(
      DEFAULT_OPTIONS,
    );
    expect(read('min=5&max=5')).toEqual(DEFAULT_OPTIONS);
  });

  test('thresholds - are sorted, and ten at the most', () => {
    const many = Array.from({ length: 12 }, (_, index) => `threshold=${20 - index}:warning`);
    const { thresholds } = read(many.join('&'));
    expect(thresholds.map(({ value }) => value)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  });
});
