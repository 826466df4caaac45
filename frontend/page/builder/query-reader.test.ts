import { describe, expect, test } from 'bun:test';
import { parser } from '@prometheus-io/lezer-promql';
import {
  type BuiltQuery,
  defaultParameter,
  GROUP_OPERATORS,
  OVER_TIME_FUNCTIONS,
  ofMetric,
} from './built-query.ts';
import { readQuery } from './query-reader.ts';
import { writeQuery, writeSelector } from './written-query.ts';

/** Each function and operator once, with metrics and labels of all kinds. */
function examples(): BuiltQuery[] {
  const metrics = ['cpu_usage_idle', 'my.metric', 'sum', 'job:rate5m', 'a"b\\c'];
  const filters = [
    { label: 'host', operator: '=', value: 'a "b" \\ c\n' },
    { label: 'my.label', operator: '!~', value: 'x|y.*' },
  ] as const;
  const bare = metrics.map(ofMetric);
  const filtered = bare.map((query) => ({ ...query, filters }));
  const overTime = OVER_TIME_FUNCTIONS.map((name, index) => ({
    ...ofMetric(metrics[index % metrics.length] ?? ''),
    filters: filters.slice(index % 3),
    overTime: { function: name, window: '1h30m', parameter: defaultParameter(name) },
  }));
  const grouped = [...bare, ...filtered, ...overTime].flatMap((query) =>
    GROUP_OPERATORS.map((operator, index) => ({
      ...query,
      group: {
        operator,
        labels: ['host', 'my.label', 'le'].slice(index % 4),
        parameter: defaultParameter(operator),
      },
    })),
  );
  const all = [...bare, ...filtered, ...overTime, ...grouped];
  return [...all, ...all.map((query) => ({ ...query, histogramQuantile: '0.99' }))];
}

function isPromql(text: string): boolean {
  let isRight = true;
  parser.parse(text).iterate({
    enter: ({ type }) => {
      if (type.isError) isRight = false;
    },
  });
  return isRight;
}

describe('the builder', () => {
  test('what it writes - is PromQL, and is read back as it was', () => {
    const queries = examples();
    expect(queries.length).toBeGreaterThan(400);
    for (const query of queries) {
      const text = writeQuery(query);
      expect(isPromql(text), text).toBe(true);
      expect(readQuery(text), text).toEqual(query);
    }
  });

  test('what it writes - is what people would', () => {
    const rate = { function: 'rate', window: '5m', parameter: '' } as const;
    const filters = [{ label: 'host', operator: '=', value: 'a' }] as const;
    const query: BuiltQuery = {
      ...ofMetric('net_bytes_recv'),
      filters,
      overTime: rate,
      group: { operator: 'sum', labels: ['host', 'interface'], parameter: '' },
    };
    expect(writeQuery(query)).toBe('sum by (host, interface) (rate(net_bytes_recv{host="a"}[5m]))');
    expect(writeQuery(ofMetric(''))).toBe('');
    expect(writeSelector('', filters)).toBe('{host="a"}');
  });

  test('filters that are not finished - are left out', () => {
    const filters = [
      { label: '', operator: '=', value: '' },
      { label: 'host', operator: '=~', value: '' },
    ] as const;
    expect(writeQuery({ ...ofMetric('m'), filters })).toBe('m');
  });

  test('spaces, labels behind the brackets, and commas at the end - make no difference', () => {
    expect(readQuery(' sum( rate(m { a = "b" , } [5m]) ) by (a,)')).toEqual({
      ...ofMetric('m'),
      filters: [{ label: 'a', operator: '=', value: 'b' }],
      overTime: { function: 'rate', window: '5m', parameter: '' },
      group: { operator: 'sum', labels: ['a'], parameter: '' },
    });
    expect(readQuery('  ')).toEqual(ofMetric(''));
  });

  test('everything else - is more than it shows', () => {
    const others = [
      ...['m offset 5m', 'm @ 0', '-m', 'm + 1', 'a / b', '(m)', '1', '"text"', '{}', '{a="b"}'],
      ...['rate(m[5m:1m])', 'rate(m)', 'm[5m]', 'abs(m)', 'sum(sum(m))', 'rate(sum(m)[5m])'],
      ...['sum without (a) (m)', 'sum by (a) (m) by (b)', 'topk(m)', 'topk(k, m)', 'm{a=""}'],
      ...["m{a='b'}", 'm{a=`b`}', 'm{__name__="x"}', 'm{"x"}', 'm{a="\\xff"}', 'rate(m[5])'],
      ...['sum by (a (m)', 'm # remark', 'm}', 'sum(m', 'ünicode', 'm{a="b" or c="d"}', 'm{a}'],
    ];
    for (const text of others) expect(readQuery(text), text).toBeUndefined();
  });
});
