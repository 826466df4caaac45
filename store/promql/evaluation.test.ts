import { describe, expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { evaluateInstant, evaluateRange } from './evaluation.ts';
import { STEPS_MAX } from './step-grid.ts';
import { parseExpression } from './syntax/parser.ts';
import {
  at,
  cpu,
  errorOf,
  every,
  optionsFor,
  range,
  unboundedBudget,
  valueAt,
} from './testing/mod.ts';

describe('a selector', () => {
  test('its last sample - counts until the lookback is over', async () => {
    const series = [cpu([1, 2])];
    expect(await valueAt('cpu', 9.999, series)).toBe(1);
    expect(await valueAt('cpu', 10, series)).toBe(2);
    expect(await valueAt('cpu', 309.999, series)).toBe(2);
    expect(await valueAt('cpu', 310, series)).toBeUndefined();
    expect(await valueAt('cpu', 14.999, series, { lookbackMs: 5000 })).toBe(2);
    expect(await valueAt('cpu', 15, series, { lookbackMs: 5000 })).toBeUndefined();
  });

  test('an offset - looks back', async () => {
    expect(await valueAt('cpu offset 10s', 10, [cpu([1, 2])])).toBe(1);
    expect(await valueAt('cpu offset 1m', 0, [cpu([1, 2])])).toBeUndefined();
  });

  test('a grid - has a value at each step that sees a sample', async () => {
    const grid = { startMs: -10_000, stepMs: 10_000, count: 6 };
    const options = optionsFor([cpu([1, 2, null, null, 5])], { lookbackMs: 15_000 });
    expect(await range('cpu', grid, options)).toEqual([
      { labels: { __name__: 'cpu' }, values: [undefined, 1, 2, 2, undefined, 5] },
    ]);
  });

  test('a series without samples there - is left out', async () => {
    const series = [cpu([1], { host: 'a' }), every(10, { __name__: 'cpu', host: 'b' }, [null])];
    expect(Object.keys(await at('cpu', 0, series))).toEqual(['[["__name__","cpu"],["host","a"]]']);
  });

  test('NaN - is a value', async () => {
    expect(await valueAt('cpu', 0, [cpu([Number.NaN])])).toBeNaN();
  });
});

describe('a range', () => {
  test('its left edge - is open', async () => {
    const series = [cpu([1, 2, 3, 4])];
    expect(await valueAt('count_over_time(cpu[20s])', 30, series)).toBe(2);
    expect(await valueAt('sum_over_time(cpu[20001ms])', 30, series)).toBe(9);
    expect(await valueAt('count_over_time(cpu[10s])', 39.999, series)).toBe(1);
    expect(await valueAt('count_over_time(cpu[10s])', 40, series)).toBeUndefined();
  });

  test('asked for itself - has its samples', async () => {
    const result = await evaluateInstant(
      parseExpression('cpu[20s] offset 10s'),
      40_000,
      optionsFor([cpu([1, 2, 3, 4])]),
    );
    expect(result).toEqual({
      kind: 'samples',
      series: [
        {
          labels: { __name__: 'cpu' },
          times: Float64Array.of(20_000, 30_000),
          values: Float64Array.of(3, 4),
        },
      ],
    });
  });
});

describe('rate', () => {
  const steady = [cpu([0, 10, 20, 30, 40, 50, 60])];

  test('samples all over the window - are extended to its edges', async () => {
    // From 10 s to 60 s are 50 units in 50 s; the window (0 s, 60 s] is 10 s longer, one interval.
    expect(await valueAt('rate(cpu[1m])', 60, steady)).toBe(1);
    expect(await valueAt('increase(cpu[1m])', 60, steady)).toBe(60);
    expect(await valueAt('delta(cpu[1m])', 60, steady)).toBe(60);
  });

  test('a series that begins within the window - is extended by half an interval', async () => {
    const late = [cpu([null, null, null, null, 100, 110, 120])];
    // Samples at 40, 50, 60 s, change 20: 40 s before the first is beyond 1.1 intervals.
    expect(await valueAt('increase(cpu[1m])', 60, late)).toBe(25);
  });

  test('a series that ends within the window - is extended by half an interval', async () => {
    expect(await valueAt('increase(cpu[1m])', 85, steady)).toBeCloseTo(40, 12);
    // Up to 1.1 intervals it is extended to the edge.
    expect(await valueAt('increase(cpu[1m])', 70.999, steady)).toBeCloseTo(60, 12);
    expect(await valueAt('increase(cpu[1m])', 71, steady)).toBeCloseTo(54, 12);
  });

  test('a counter - was never below 0', async () => {
    // At this slope it was 0 half a second before the first sample of the window.
    const young = [cpu([null, 1, 21, 41])];
    expect(await valueAt('increase(cpu[30s])', 30, young)).toBe(41);
    expect(await valueAt('delta(cpu[30s])', 30, young)).toBe(60);
  });

  test('a counter that falls - was set back to 0', async () => {
    const reset = [cpu([0, 100, 200, 10, 20, 5, 15])];
    // 100, reset to 10, 10, reset to 5, 10: 135 from 10 s to 60 s, extended by 10 s.
    expect(await valueAt('increase(cpu[1m])', 60, reset)).toBe((135 * 60) / 50);
    // The reset between the sample before the window and its first one is not its own.
    expect(await valueAt('increase(cpu[31s])', 60, reset)).toBeCloseTo((25 * 31) / 30, 12);
    expect(await valueAt('delta(cpu[1m])', 60, reset)).toBe((-85 * 60) / 50);
  });

  test('fewer than two samples - have none', async () => {
    for (const name of ['rate', 'increase', 'delta', 'irate', 'idelta']) {
      expect(await at(`${name}(cpu[10s])`, 60, steady)).toEqual({});
    }
  });

  test('irate and idelta - are about the last two samples', async () => {
    const series = [cpu([0, 100, 30])];
    expect(await valueAt('irate(cpu[1m])', 10, series)).toBe(10);
    expect(await valueAt('irate(cpu[1m])', 20, series)).toBe(3);
    expect(await valueAt('idelta(cpu[1m])', 20, series)).toBe(-70);
  });
});

describe('functions over time', () => {
  const HUGE = 1.7e308;
  const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
  const cases: [name: string, values: number[], expected: number][] = [
    ['sum_over_time', [1e100, 1, -1e100], 1],
    ['sum_over_time', [infinity, 1], infinity],
    ['sum_over_time', [infinity, -infinity], nan],
    ['avg_over_time', [1, 2, 6], 3],
    ['avg_over_time', [HUGE, HUGE], HUGE],
    ['avg_over_time', [-HUGE, -HUGE, -HUGE, -HUGE], -HUGE],
    ['avg_over_time', [HUGE, HUGE, -HUGE, -HUGE], 0],
    ['avg_over_time', [1, infinity, 2, infinity], infinity],
    ['avg_over_time', [infinity, -infinity], nan],
    ['avg_over_time', [1, nan], nan],
    ['min_over_time', [3, nan, 2, 4], 2],
    ['max_over_time', [nan, 3, 4, nan], 4],
    ['max_over_time', [nan, nan], nan],
    ['last_over_time', [1, 2], 2],
    ['count_over_time', [1, nan], 2],
    ['present_over_time', [7, 8], 1],
    ['stdvar_over_time', [2, 4, 4, 4, 5, 5, 7, 9], 4],
    ['stddev_over_time', [2, 4, 4, 4, 5, 5, 7, 9], 2],
    ['stddev_over_time', [0.1, 0.1, 0.1], 0],
    ['stddev_over_time', [1e9 + 1, 1e9 + 3], 1],
    ['stddev_over_time', [1, infinity], nan],
  ];
  test.each(cases)('%s of %p - is %p', async (name, values, expected) => {
    expect(await valueAt(`${name}(cpu[1h])`, 100, [cpu(values)])).toBe(expected);
  });

  const quantiles: [quantile: string, values: number[], expected: number][] = [
    ['0.5', [1, 2, 4], 2],
    ['0.5', [4, 1], 2.5],
    ['0.75', [1, 2, 3], 2.5],
    ['0', [3, 1, 2], 1],
    ['1', [3, 1, 2], 3],
    ['0', [3, nan, 2], nan],
    ['1', [3, nan, 2], 3],
    ['-1', [1], -infinity],
    ['2', [1], infinity],
    ['NaN', [1], nan],
  ];
  test.each(quantiles)('quantile %s of %p - is %p', async (quantile, values, expected) => {
    const text = `quantile_over_time(${quantile}, cpu[1h])`;
    expect(await valueAt(text, 100, [cpu(values)])).toBe(expected);
  });

  test('an infinity or a huge value - is forgotten when its window has passed', async () => {
    const options = optionsFor([cpu([1, infinity, 1, 1e300, 1, 2, 3])]);
    const grid = { startMs: 10_000, stepMs: 10_000, count: 6 };
    for (const name of ['sum_over_time', 'avg_over_time', 'max_over_time', 'stdvar_over_time']) {
      const [series] = await range(`${name}(cpu[20s])`, grid, options);
      const last = series?.values.slice(-2) ?? [];
      expect(Math.max(...last.map((value) => value ?? Number.NaN))).toBeLessThan(6);
    }
  });

  test('the metric - is dropped, except by last_over_time', async () => {
    const series = [cpu([1, 2], { host: 'a' })];
    expect(Object.keys(await at('sum_over_time(cpu[1m])', 10, series))).toEqual(['[["host","a"]]']);
    expect(Object.keys(await at('last_over_time(cpu[1m])', 10, series))).toEqual([
      '[["__name__","cpu"],["host","a"]]',
    ]);
  });

  test('series that only their metrics tell apart - are an error that names both', async () => {
    const series = [cpu([1, 2]), every(10, { __name__: 'mem' }, [1, 2])];
    const error = await errorOf(at('rate({__name__=~"cpu|mem"}[1m])', 10, series));
    expect(error.kind).toBe('execution');
    expect(error.message).toContain('vector cannot contain metrics with the same labelset');
    expect(error.message).toMatch(/cpu.*mem|mem.*cpu/);
    expect(await at('last_over_time({__name__=~"cpu|mem"}[1m])', 10, series)).not.toEqual({});
    // Where only one of them has a value there is nothing to tell apart.
    const [first] = series;
    if (!first) throw new Error('no series');
    const other = every(1000, { __name__: 'mem' }, [null, 1]);
    expect(await valueAt('count_over_time({__name__=~"cpu|mem"}[1m])', 10, [first, other])).toBe(2);
  });
});

describe('aggregations', () => {
  const hosts = [
    cpu([1], { host: 'a', dc: 'x' }),
    cpu([2], { host: 'b', dc: 'x' }),
    cpu([6], { host: 'c', dc: 'y' }),
    cpu([null, 5], { host: 'd', dc: 'y' }),
  ];

  test('without grouping - is one series without labels', async () => {
    expect(await at('sum(cpu)', 0, hosts)).toEqual({ '[]': 9 });
    expect(await at('avg(cpu)', 0, hosts)).toEqual({ '[]': 3 });
    expect(await at('min(cpu)', 0, hosts)).toEqual({ '[]': 1 });
    expect(await at('max(cpu)', 0, hosts)).toEqual({ '[]': 6 });
    expect(await at('count(cpu)', 0, hosts)).toEqual({ '[]': 3 });
    expect(await at('group(cpu)', 0, hosts)).toEqual({ '[]': 1 });
    expect(await at('stdvar(cpu{dc="x"})', 0, hosts)).toEqual({ '[]': 0.25 });
    expect(await at('stddev(cpu{dc="x"})', 0, hosts)).toEqual({ '[]': 0.5 });
    expect(await at('sum(mem)', 0, hosts)).toEqual({});
  });

  test('by and without - keep labels that are not empty', async () => {
    expect(await at('sum by (dc, absent) (cpu)', 0, hosts)).toEqual({
      '[["dc","x"]]': 3,
      '[["dc","y"]]': 6,
    });
    expect(await at('sum without (host) (cpu)', 0, hosts)).toEqual({
      '[["dc","x"]]': 3,
      '[["dc","y"]]': 6,
    });
    expect(await at('count by (__name__) (cpu)', 0, hosts)).toEqual({ '[["__name__","cpu"]]': 3 });
    expect(await at('count by (__name__) (rate(cpu[1m]))', 60, hosts)).toEqual({});
    expect(await at('count by (__name__) (count_over_time(cpu[1m]))', 10, hosts)).toEqual({
      '[]': 4,
    });
  });

  test('labels that objects have of themselves - are none', async () => {
    const text = 'sum by (constructor, toString, __proto__) (cpu)';
    expect(await at(text, 0, [cpu([1]), cpu([2], { constructor: 'x' })])).toEqual({
      '[]': 1,
      '[["constructor","x"]]': 2,
    });
  });

  test('each step - has the series that have a value there', async () => {
    const grid = { startMs: 0, stepMs: 10_000, count: 2 };
    expect(await range('count by (dc) (cpu)', grid, optionsFor(hosts))).toEqual([
      { labels: { dc: 'x' }, values: [2, 2] },
      { labels: { dc: 'y' }, values: [1, 2] },
    ]);
    const late = await range('sum(cpu{host="d"})', grid, optionsFor(hosts));
    expect(late).toEqual([{ labels: {}, values: [undefined, 5] }]);
  });

  test('aggregations of aggregations - work', async () => {
    expect(await at('max(sum by (dc) (rate(cpu[1m])))', 0, hosts)).toEqual({});
    expect(await at('max(sum by (dc) (cpu))', 10, hosts)).toEqual({ '[]': 11 });
  });

  test('NaN, infinities and huge values - are those of Prometheus', async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const of = (...values: number[]) => values.map((value, i) => cpu([value], { host: `${i}` }));
    expect(await valueAt('max(cpu)', 0, of(nan, 1))).toBe(1);
    expect(await valueAt('min(cpu)', 0, of(1, nan))).toBe(1);
    expect(await valueAt('min(cpu)', 0, of(nan, nan))).toBeNaN();
    expect(await valueAt('sum(cpu)', 0, of(1, nan))).toBeNaN();
    expect(await valueAt('sum(cpu)', 0, of(1e100, 1, -1e100))).toBe(1);
    expect(await valueAt('sum(cpu)', 0, of(infinity, 1))).toBe(infinity);
    expect(await valueAt('avg(cpu)', 0, of(infinity, 1, infinity))).toBe(infinity);
    expect(await valueAt('avg(cpu)', 0, of(infinity, 1, -infinity))).toBeNaN();
    expect(await valueAt('avg(cpu)', 0, of(1.7e308, 1.7e308, 1.7e308))).toBe(1.7e308);
    expect(await valueAt('stddev(cpu)', 0, of(1, infinity))).toBeNaN();
  });
});

describe('answers', () => {
  test('scalars and strings - have their kinds', async () => {
    const grid = { startMs: 0, stepMs: 1000, count: 3 };
    expect(await range('1.5', grid, optionsFor([]))).toEqual([
      { labels: {}, values: [1.5, 1.5, 1.5] },
    ]);
    expect(await evaluateInstant(parseExpression('1.5'), 0, optionsFor([]))).toEqual({
      kind: 'scalar',
      value: 1.5,
    });
    expect(await evaluateInstant(parseExpression('"a"'), 0, optionsFor([]))).toEqual({
      kind: 'string',
      value: 'a',
    });
    for (const text of ['"a"', 'cpu[5m]']) {
      const error = await errorOf(range(text, grid, optionsFor([])));
      expect(error.kind).toBe('bad_data');
      expect(error.message).toStartWith('invalid expression type');
    }
  });

  test('the last of many steps - is a step like the others', async () => {
    const grid = { startMs: 0, stepMs: 1, count: STEPS_MAX + 1 };
    const [series] = await range('cpu', grid, optionsFor([cpu([1, 2])]));
    expect(series?.values.at(-1)).toBe(2);
    const error = await errorOf(range('cpu', { ...grid, count: STEPS_MAX + 2 }, optionsFor([])));
    expect(error.kind).toBe('bad_data');
  });

  test('more series than asked for - are an error of limits', async () => {
    const series = Array.from({ length: 5 }, (_, i) => cpu([1], { host: `${i}` }));
    const grid = { startMs: 0, stepMs: 1000, count: 1 };
    const options = optionsFor(series, { seriesMax: 4 });
    for (const asked of [range('cpu', grid, options), at('cpu', 0, series, { seriesMax: 4 })]) {
      const { kind, message } = await errorOf(asked);
      expect(kind).toBe('limit');
      expect(message).toContain('more than 4 series');
    }
    expect(await range('sum(cpu)', grid, options)).toHaveLength(1);
  });

  test('more groups than fit - are an error with the place of the aggregation', async () => {
    const series = Array.from({ length: 1500 }, (_, i) => cpu([1], { host: `${i}` }));
    const grid = { startMs: 0, stepMs: 1, count: STEPS_MAX };
    const error = await errorOf(
      range('count(sum by (host) (cpu))', grid, optionsFor(series, { blockSeries: 100 })),
    );
    expect(error.kind).toBe('limit');
    expect(error.position?.column).toBe(7);
  });

  test('series come - before the last ones are read', async () => {
    const series = Array.from({ length: 40 }, (_, i) => cpu([1], { host: `${i}` }));
    const grid = { startMs: 0, stepMs: 1, count: 10_000 };
    const budget = unboundedBudget();
    const options = optionsFor(series, { budget });
    const parts = evaluateRange(parseExpression('cpu'), grid, options);
    expect((await parts.next()).done).toBe(false);
    expect(budget.samples).toBeLessThan(series.length);
    await parts.return(undefined);
  });

  test('a cancelled answer - ends with the reason', async () => {
    const controller = new AbortController();
    const budget = unboundedBudget(controller.signal);
    const series = Array.from({ length: 2000 }, (_, i) => cpu([1], { host: `${i}` }));
    const options = optionsFor(series, { budget });
    const grid = { startMs: 0, stepMs: 1, count: 10_000 };
    const asked = range('count(cpu)', grid, options);
    setImmediate(() => controller.abort(new AnswerError('canceled', 'enough')));
    expect((await errorOf(asked)).kind).toBe('canceled');
    expect((await errorOf(at('cpu', 0, series, { budget }))).kind).toBe('canceled');
  });

  test('a long series - lets others have the thread amid its windows', async () => {
    const controller = new AbortController();
    const budget = unboundedBudget(controller.signal);
    const long = every(
      1,
      { __name__: 'long' },
      Array.from({ length: 1_000_000 }, (_, i) => i % 997),
    );
    const grid = { startMs: 0, stepMs: 1_000_000, count: 1001 };
    const options = optionsFor([long], { budget, blockSeries: 1 });
    const asked = range('quantile_over_time(0.5, long[50h])', grid, options);
    // There is one rest behind a series, however long; it is too late for an abort in the second.
    setImmediate(() => setImmediate(() => controller.abort(new AnswerError('canceled', 'enough'))));
    expect((await errorOf(asked)).kind).toBe('canceled');
  });
});
