import { describe, expect, test } from 'bun:test';
import { mentionedNames, metricSelector } from './metric-selector.ts';

describe('the selector of a metric', () => {
  test('a plain name - is itself', () => {
    expect(metricSelector('cpu_usage_idle')).toBe('cpu_usage_idle');
    expect(metricSelector('job:rate5m')).toBe('job:rate5m');
  });

  test('any other name - is quoted', () => {
    expect(metricSelector('my.metric')).toBe('{"my.metric"}');
    expect(metricSelector('5xx')).toBe('{"5xx"}');
    expect(metricSelector('a"b\\c')).toBe('{"a\\"b\\\\c"}');
    expect(metricSelector('température')).toBe('{"température"}');
  });

  test('a word of the language - is quoted', () => {
    expect(metricSelector('sum')).toBe('{"sum"}');
    expect(metricSelector('Inf')).toBe('{"Inf"}');
  });
});

describe('the names in an expression', () => {
  test('metrics - are among them, however they are written', () => {
    const names = mentionedNames('sum by (host) (rate(net_bytes{if="eth0"}[1m])) / {"my.metric"}');
    expect([...names]).toContain('net_bytes');
    expect([...names]).toContain('my.metric');
  });

  test('a string that JSON can’t read - is taken as it is', () => {
    expect([...mentionedNames('{"a\\xff"}')]).toEqual(['a\\xff']);
  });
});
