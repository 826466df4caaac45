import { describe, expect, test } from 'bun:test';
import { addFilter } from './add-filter.ts';

const METRICS = new Set(['cpu_idle', 'my.metric', 'rate']);
const add = (expr: string, label = 'host', value = 'a') => addFilter(expr, METRICS, label, value);

describe('a filter that is added', () => {
  test('a metric alone - gets braces', () => {
    expect(add('cpu_idle')).toBe('cpu_idle{host="a"}');
    expect(add('sum by (host) (rate(cpu_idle[5m]))')).toBe(
      'sum by (host) (rate(cpu_idle{host="a"}[5m]))',
    );
  });

  test('other filters - stay, one of the same label is replaced', () => {
    expect(add('cpu_idle {cpu="0"}')).toBe('cpu_idle {cpu="0", host="a"}');
    expect(add('cpu_idle{host=~"b|c,d",cpu!="{}"}')).toBe('cpu_idle{cpu!="{}", host="a"}');
    expect(add('cpu_idle{host!="b"}')).toBe('cpu_idle{host!="b", host="a"}');
    expect(add('cpu_idle{}')).toBe('cpu_idle{host="a"}');
  });

  test('metrics that are named inside - are found', () => {
    expect(add('{"my.metric"}')).toBe('{"my.metric", host="a"}');
    expect(add('{__name__="cpu_idle", cpu="0"}')).toBe('{__name__="cpu_idle", cpu="0", host="a"}');
  });

  test('every selector of the metrics - gets it, others do not', () => {
    expect(add('cpu_idle / ignoring(cpu) other{x="cpu_idle"} + cpu_idle')).toBe(
      'cpu_idle{host="a"} / ignoring(cpu) other{x="cpu_idle"} + cpu_idle{host="a"}',
    );
  });

  test('labels and values of any text - are written so that they can be read', () => {
    expect(add('cpu_idle', 'my-tag', 'a"b\\c')).toBe('cpu_idle{"my-tag"="a\\"b\\\\c"}');
  });

  test('an expression without the metrics - is none to add it to', () => {
    expect(add('other')).toBeUndefined();
    expect(add('"cpu_idle"')).toBeUndefined();
  });
});
