import { describe, expect, test } from 'bun:test';
import { commonLabels, describe as describeSeries, distinguish, hashLabels } from './labels.ts';

const idle = (cpu: string) => ({ __name__: 'cpu_usage_idle', cpu, host: 'a' });

describe('the labels of a chart', () => {
  test('series - are told by what they do not share', () => {
    const common = commonLabels([idle('0'), idle('1')]);
    expect(common).toEqual({ __name__: 'cpu_usage_idle', host: 'a' });
    expect(distinguish(idle('1'), common)).toBe('cpu=1');
    expect(distinguish(idle('1'), { host: 'a' })).toBe('cpu_usage_idle cpu=1');
  });

  test('one series - shares everything with itself', () => {
    expect(distinguish(idle('0'), commonLabels([idle('0')]))).toBe('');
    expect(commonLabels([])).toEqual({});
  });

  test('a label that only some have - is not shared', () => {
    expect(commonLabels([{ a: '1' }, {}])).toEqual({});
    expect(commonLabels([{}, { a: '1' }])).toEqual({});
  });

  test('a series - is written as an expression would', () => {
    expect(describeSeries(idle('0'))).toBe('cpu_usage_idle{cpu="0", host="a"}');
    expect(describeSeries({ __name__: 'load' })).toBe('load');
    expect(describeSeries({ path: 'C:\\' })).toBe('{path="C:\\\\"}');
    expect(describeSeries({})).toBe('{}');
  });

  test('the hash - knows names from values, and their order does not matter', () => {
    expect(hashLabels({ a: '1', b: '2' })).toBe(hashLabels({ b: '2', a: '1' }));
    expect(hashLabels({ ab: '1' })).not.toBe(hashLabels({ a: 'b1' }));
    expect(hashLabels({ a: '1', b: '' })).not.toBe(hashLabels({ a: '', b: '1' }));
  });
});
