import { describe, expect, test } from 'bun:test';
import { formatLine } from './line-protocol.ts';

describe('line', () => {
  test('integers and floats - are told apart by their type', () => {
    const fields = { count: 18446744073709551n, share: 5, tiny: 1e-7 };
    expect(formatLine({ measurement: 'm', tags: {}, fields }, 7)).toBe(
      'm count=18446744073709551i,share=5,tiny=1e-7 7',
    );
  });

  test('names with separators - are escaped, tags sorted', () => {
    const point = { measurement: 'a b,c', tags: { 'z=': 'x y', a: ',' }, fields: { 'f 1': 1n } };
    expect(formatLine(point, 0)).toBe('a\\ b\\,c,a=\\,,z\\==x\\ y f\\ 1=1i 0');
  });

  test('values that line protocol cannot hold - are left out', () => {
    const fields = { nan: Number.NaN, infinite: Number.POSITIVE_INFINITY };
    expect(formatLine({ measurement: 'm', tags: {}, fields }, 0)).toBeUndefined();
    const point = { measurement: 'm', tags: { empty: '' }, fields: { ...fields, f: 1 } };
    expect(formatLine(point, 0)).toBe('m f=1 0');
  });
});
