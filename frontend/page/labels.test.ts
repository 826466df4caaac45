import { describe, expect, test } from 'bun:test';
import { queryLetter } from '../model/panel-spec.ts';
import {
  commonLabels,
  describe as describeSeries,
  distinguish,
  fillLegend,
  hashLabels,
  nameOf,
} from './labels.ts';
import { SeriesMatrix } from './live/series-matrix.ts';
import { identityOf } from './series/series-columns.ts';

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

  test('a legend - has the labels that it names', () => {
    expect(fillLegend('{{ host }}: core {{cpu}}', idle('3'))).toBe('a: core 3');
    expect(fillLegend('{{region}}', idle('3'))).toBe('');
    expect(fillLegend('{{constructor}} {host}', idle('3'))).toBe('{host}');
  });

  test('series - are called as their legend says, or by what tells them apart', () => {
    const row = (index: number, labels: Record<string, string>) => ({
      columns: new SeriesMatrix(
        { stepMs: 1000, rangeMs: 1000 },
        identityOf('sum(x)', queryLetter(index)),
      ),
      labels,
      id: '',
      colour: 0,
    });
    const legends = new Map([
      ['', ''],
      ['B', '{{host}}!'],
    ]);
    expect(nameOf(row(1, { host: 'a' }), { common: {}, legends })).toBe('a!');
    expect(nameOf(row(1, { cpu: '0' }), { common: {}, legends })).toBe('!');
    expect(nameOf(row(0, { host: 'a' }), { common: {}, legends })).toBe('A host=a');
    expect(nameOf(row(0, idle('1')), { common: { host: 'a' }, legends })).toBe(
      'cpu_usage_idle cpu=1',
    );
    expect(nameOf(row(0, {}), { common: {}, legends })).toBe('sum(x)');
    expect(nameOf(row(0, { host: 'a' }), { common: {}, legends: new Map([['', '']]) })).toBe(
      'host=a',
    );
  });
});
