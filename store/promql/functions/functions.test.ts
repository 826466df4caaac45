import { describe, expect, test } from 'bun:test';
import { isPresent } from '@overseer/shared';
import { evaluateRange } from '../evaluation.ts';
import { parseExpression } from '../syntax/parser.ts';
import {
  at,
  cpu,
  errorOf,
  every,
  optionsFor,
  range,
  type TestSeries,
  valueAt,
} from '../testing/mod.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const NO_LABELS = '[]';

describe('functions of values', () => {
  const values: [text: string, value: number, expected: number | undefined][] = [
    ['abs(cpu)', -2.5, 2.5],
    ['ceil(cpu)', 1.2, 2],
    ['floor(cpu)', -1.2, -2],
    ['sqrt(cpu)', 9, 3],
    ['exp(cpu)', 0, 1],
    ['ln(cpu)', 0, -infinity],
    ['ln(cpu)', -1, nan],
    ['log2(cpu)', 8, 3],
    ['log10(cpu)', 1000, 3],
    ['sgn(cpu)', -7, -1],
    ['sgn(cpu)', nan, nan],
    ['deg(cpu)', Math.PI, 180],
    ['rad(cpu)', 180, Math.PI],
    ['sinh(cpu)', -710, -infinity],
    ['cosh(cpu)', -710, infinity],
    ['acosh(cpu)', 1, 0],
    ['atanh(cpu)', 1, infinity],
    ['round(cpu)', 2.5, 3],
    ['round(cpu)', -2.5, -2],
    ['round(cpu, 5)', 7.5, 10],
    ['round(cpu, 0.1)', 0.25, 0.3],
    ['clamp(cpu, 0, 10)', 12, 10],
    ['clamp(cpu, 0, 10)', -3, 0],
    ['clamp(cpu, 10, 0)', 5, undefined],
    ['clamp(cpu, NaN, 10)', 5, nan],
    ['clamp_min(cpu, 3)', 1, 3],
    ['clamp_max(cpu, 3)', 7, 3],
    ['clamp_max(cpu, scalar(nothing))', 7, nan],
    ['clamp_min(cpu, Inf)', nan, infinity],
    ['clamp_max(cpu, -Inf)', nan, -infinity],
    ['clamp_min(cpu, 0)', nan, nan],
  ];
  test.each(values)('%s of %p - is %p', async (text, value, expected) => {
    expect(await valueAt(text, 0, [cpu([value])])).toBe(expected as number);
  });

  test('names - are dropped', async () => {
    expect(await at('abs(cpu)', 0, [cpu([1], { host: 'a' })])).toEqual({ '[["host","a"]]': 1 });
  });
});

describe('calendar', () => {
  const parts: [time: string, second: number, parts: number[]][] = [
    // minute, hour, day_of_week, day_of_month, day_of_year, days_in_month, month, year
    ['1970-01-01T00:00:00Z', 0, [0, 0, 4, 1, 1, 31, 1, 1970]],
    ['2024-02-29T23:59:59Z', 1_709_251_199, [59, 23, 4, 29, 60, 29, 2, 2024]],
    ['2023-12-31T12:34:56Z', 1_704_026_096, [34, 12, 0, 31, 365, 31, 12, 2023]],
    ['2000-03-01T00:00:00Z', 951_868_800, [0, 0, 3, 1, 61, 31, 3, 2000]],
  ];
  const names = [
    'minute',
    'hour',
    'day_of_week',
    'day_of_month',
    'day_of_year',
    'days_in_month',
    'month',
    'year',
  ];
  test.each(parts)(
    '%s - has its parts, given or as the time of the step',
    async (_, second, expected) => {
      for (const [i, name] of names.entries()) {
        expect(await at(`${name}()`, second, [])).toEqual({ [NO_LABELS]: expected[i] as number });
        expect(await valueAt(`${name}(vector(${second}))`, 0, [])).toBe(expected[i] as number);
      }
    },
  );

  test('any day of two thousand years - is that of a Date', async () => {
    const series: TestSeries[] = [];
    for (let second = -62_135_596_800; second < 64_000_000_000; second += 777_777_777) {
      series.push(cpu([second + 0.5], { second: `${second}` }));
    }
    const expected: ((date: Date) => number)[] = [
      (date) => date.getUTCMinutes(),
      (date) => date.getUTCHours(),
      (date) => date.getUTCDay(),
      (date) => date.getUTCDate(),
      (date) => Math.floor((+date - +dayOf(date, 0, 1)) / 86_400_000) + 1,
      (date) => dayOf(date, date.getUTCMonth() + 1, 0).getUTCDate(),
      (date) => date.getUTCMonth() + 1,
      (date) => date.getUTCFullYear(),
    ];
    for (const [i, name] of names.entries()) {
      const found = await at(`${name}(cpu)`, 0, series);
      for (const { labels, values } of series) {
        const date = new Date(Math.trunc(values[0] ?? 0) * 1000);
        const value = found[JSON.stringify([['second', labels.second]])];
        expect(`${name} ${date.toISOString()} ${value}`).toBe(
          `${name} ${date.toISOString()} ${expected[i]?.(date)}`,
        );
      }
    }
  });

  /** Midnight of a day of the date's year; day 0 is the last of the month before. */
  function dayOf(date: Date, month: number, day: number): Date {
    const found = new Date(0);
    found.setUTCFullYear(date.getUTCFullYear(), month, day);
    return found;
  }

  test('NaN - is no time', async () => {
    for (const name of names) {
      expect(await valueAt(`${name}(cpu)`, 0, [cpu([nan])])).toBeNaN();
    }
  });
});

describe('functions of windows', () => {
  const windows: [text: string, values: (number | null)[], expected: number | undefined][] = [
    ['changes(cpu[1h])', [1, 1, 2, 1], 2],
    ['changes(cpu[1h])', [1, nan, nan, 1], 2],
    ['changes(cpu[1h])', [5], 0],
    ['resets(cpu[1h])', [1, 5, 3, 4, 0], 2],
    ['resets(cpu[1h])', [5], 0],
    ['deriv(cpu[1h])', [0, 10, 20, 30], 1],
    ['deriv(cpu[1h])', [0, 1, 0, 1], 0.02],
    ['deriv(cpu[1h])', [7], undefined],
    ['deriv(cpu[1h])', [7, 7, 7], 0],
    ['deriv(cpu[1h])', [infinity, infinity], nan],
    // At 100 s the line is at 100, a minute later at 160.
    ['predict_linear(cpu[1h], 60)', [0, 10, 20, 30], 160],
    ['predict_linear(cpu[1h], 60)', [7, 7, 7], 7],
    ['predict_linear(cpu[1h] offset 10s, 60)', [0, 10, 20, 30], 160],
  ];
  test.each(windows)('%s of %p - is %p', async (text, values, expected) => {
    const found = await valueAt(text, 100, [cpu(values)]);
    if (expected === undefined || Number.isNaN(expected)) expect(found).toBe(expected as number);
    else expect(found).toBeCloseTo(expected, 12);
  });

  test('a window of a large mean long after 1970 - keeps its digits', async () => {
    const startS = 1_700_000_000;
    const times = Array.from({ length: 60 }, (_, i) => (startS + i * 10) * 1000);
    const values = times.map((_, i) => 1e9 + i / 64);
    const series = [{ labels: { __name__: 'cpu' }, times, values }];
    const slope = (await valueAt('deriv(cpu[5m])', startS + 590, series)) ?? nan;
    expect(Math.abs(slope * 640 - 1)).toBeLessThan(1e-12);
  });
});

describe('functions of vectors', () => {
  test('vector and time - have no labels', async () => {
    expect(await at('vector(3)', 0, [])).toEqual({ [NO_LABELS]: 3 });
    expect(await at('vector(time())', 12.5, [])).toEqual({ [NO_LABELS]: 12.5 });
  });

  test('timestamp - is that of a sample, or of the step', async () => {
    const series = [cpu([1, 2], { host: 'a' })];
    expect(await at('timestamp(cpu)', 17, series)).toEqual({ '[["host","a"]]': 10 });
    expect(await at('timestamp((cpu offset 10s))', 17, series)).toEqual({ '[["host","a"]]': 0 });
    expect(await at('timestamp(cpu * 1)', 17, series)).toEqual({ '[["host","a"]]': 17 });
    expect(await at('timestamp(last_over_time(cpu[1m]))', 17, series)).toEqual({
      '[["host","a"]]': 17,
    });
  });

  test('absent - is 1 where there is nothing, with labels that are asked for', async () => {
    expect(await at('absent(cpu)', 0, [cpu([1])])).toEqual({});
    expect(await at('absent(cpu{host="a", dc!="b", rack=~"c"})', 0, [])).toEqual({
      '[["host","a"]]': 1,
    });
    expect(await at('absent(cpu{host="a", host="b", dc="x"})', 0, [])).toEqual({
      '[["dc","x"]]': 1,
    });
    expect(await at('absent(sum(cpu{host="a"}))', 0, [])).toEqual({ [NO_LABELS]: 1 });
    expect(await at('absent_over_time(cpu{host="a"}[1m])', 0, [])).toEqual({
      '[["host","a"]]': 1,
    });
    expect(await at('absent_over_time(cpu[1m:])', 0, [])).toEqual({ [NO_LABELS]: 1 });
    const grid = { startMs: 0, stepMs: 10_000, count: 3 };
    const options = optionsFor([cpu([1, null, 1])], { lookbackMs: 5000 });
    expect(await range('absent(cpu)', grid, options)).toEqual([
      { labels: {}, values: [undefined, 1, undefined] },
    ]);
  });

  test('sort - orders an instant, NaN last', async () => {
    const of = (...values: number[]) => values.map((value, i) => cpu([value], { host: `${i}` }));
    const order = async (text: string) =>
      Object.values(await at(text, 0, of(2, nan, 1, infinity, 3)));
    expect(await order('sort(cpu)')).toEqual([1, 2, 3, infinity, nan]);
    expect(await order('sort_desc(cpu)')).toEqual([infinity, 3, 2, 1, nan]);
    expect(Object.keys(await at('sort(cpu)', 0, of(1)))).toEqual([
      '[["__name__","cpu"],["host","0"]]',
    ]);
  });
});

describe('label functions', () => {
  const hosts = [cpu([1], { host: 'web-1', dc: 'x' }), cpu([2], { host: 'db-2', dc: 'x' })];
  const labelsOf = async (text: string) =>
    Object.keys(await at(text, 0, [hosts[0] ?? cpu([])])).map((key) =>
      Object.fromEntries(JSON.parse(key)),
    );

  test('label_replace - puts what fits into a label', async () => {
    const own = { __name__: 'cpu', dc: 'x', host: 'web-1' };
    const cases: [given: string, labels: object][] = [
      ['"kind", "$1", "host", "(.*)-.*"', { ...own, kind: 'web' }],
      [`"kind", "$\{2}_$1$$", "host", "(.*)-(.*)"`, { ...own, kind: '1_web$' }],
      ['"kind", "$what", "host", "(?P<what>.*)-.*"', { ...own, kind: 'web' }],
      ['"kind", "$1x", "host", "(.*)-.*"', own],
      ['"kind", "$7-$", "host", "(.*)-.*"', { ...own, kind: '-$' }],
      ['"kind", "new", "host", "web"', own],
      ['"dc", "", "host", "web-.*"', { __name__: 'cpu', host: 'web-1' }],
      ['"__name__", "mem", "", ""', { ...own, __name__: 'mem' }],
      ['"a b", "c", "absent", ""', { ...own, 'a b': 'c' }],
    ];
    for (const [given, labels] of cases) {
      expect(await labelsOf(`label_replace(cpu, ${given})`)).toEqual([labels]);
    }
  });

  test('label_join - joins labels', async () => {
    const own = { __name__: 'cpu', dc: 'x', host: 'web-1' };
    expect(await labelsOf('label_join(cpu, "all", "/", "dc", "absent", "host")')).toEqual([
      { ...own, all: 'x//web-1' },
    ]);
    expect(await labelsOf('label_join(cpu, "dc", "/")')).toEqual([
      { __name__: 'cpu', host: 'web-1' },
    ]);
  });

  test('series that come to the same labels - are an error', async () => {
    const error = await errorOf(at('label_replace(cpu, "host", "", "host", ".*")', 0, hosts));
    expect(error.kind).toBe('execution');
    expect(error.message).toContain('same labelset: cpu{dc="x"}');
  });

  test('what cannot be - is told with its place', () => {
    const complaint = (text: string) => {
      try {
        parseExpression(text);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(complaint('label_replace(cpu, "", "a", "b", "c")')).toBe(
      'invalid destination label name in label_replace(): ',
    );
    expect(complaint('label_replace(cpu, "a", "a", "b", "(")')).toBe(
      'invalid regular expression in label_replace(): (',
    );
    expect(complaint('label_join(cpu, "a", "-", "")')).toBe(
      'invalid source label name in label_join(): ',
    );
    expect(complaint('label_join(cpu, "a")')).toBe(
      'expected at least 3 argument(s) in call to "label_join", got 2',
    );
    expect(complaint('round(cpu, 1, 2)')).toBe(
      'expected at most 2 argument(s) in call to "round", got 3',
    );
    expect(complaint('label_join(cpu, "a", "-", cpu)')).toBe(
      'expected type string in call to function "label_join", got instant vector',
    );
    expect(complaint('histogram_sum(cpu)')).toBe(
      'the function histogram_sum is not supported: there are no native histograms',
    );
    expect(complaint('info(cpu)')).toBe(
      'the function info is not supported: it is experimental in Prometheus',
    );
  });
});

describe('histogram_quantile', () => {
  const buckets = (counts: Readonly<Record<string, number>>, labels = {}) =>
    Object.entries(counts).map(([le, count]) =>
      every(10, { __name__: 'latency_bucket', le, ...labels }, [count]),
    );
  const usual = { '0.1': 10, '0.5': 30, '1': 40, '+Inf': 40 };
  const cases: [quantile: string, counts: Readonly<Record<string, number>>, expected: number][] = [
    ['0.5', usual, 0.3],
    ['0.25', usual, 0.1],
    ['0.1', usual, 0.04],
    ['1', usual, 1],
    ['0', usual, 0],
    ['-0.1', usual, -infinity],
    ['1.1', usual, infinity],
    ['NaN', usual, nan],
    // What lies beyond the last bound is taken to be at it.
    ['0.9', { '1': 5, '2': 5, '+Inf': 10 }, 2],
    ['0.5', { '1': 5, '2': 5 }, nan],
    ['0.5', { '+Inf': 5 }, nan],
    ['0.5', { '1': 0, '+Inf': 0 }, nan],
    // The lowest bucket begins at 0, unless it ends below.
    ['0.5', { '-5': 10, '+Inf': 10 }, -5],
    // A count that falls is lifted.
    ['0.5', { '1': 10, '2': 4, '4': 20, '+Inf': 20 }, 1],
    ['0.75', { '1': 10, '2': 4, '4': 20, '+Inf': 20 }, 3],
    // Equal bounds are one bucket.
    ['0.5', { '1': 4, '1.0': 6, '+Inf': 20 }, 1],
    ['0.5', { '1': 10, nonsense: 99, '+Inf': 10 }, 0.5],
  ];
  test.each(cases)('%s of %p - is %p', async (quantile, counts, expected) => {
    const found = await at(`histogram_quantile(${quantile}, latency_bucket)`, 0, buckets(counts));
    if (Number.isFinite(expected)) expect(found[NO_LABELS]).toBeCloseTo(expected, 12);
    else expect(found).toEqual({ [NO_LABELS]: expected });
  });

  test('histograms - are told apart by their other labels', async () => {
    const series = [
      ...buckets(usual, { host: 'a' }),
      ...buckets({ '4': 2, '+Inf': 2 }, { host: 'b' }),
    ];
    const found = await at('histogram_quantile(0.5, latency_bucket)', 0, series);
    expect(Object.keys(found).sort()).toEqual(['[["host","a"]]', '[["host","b"]]']);
    expect(found['[["host","a"]]']).toBeCloseTo(0.3, 12);
    expect(found['[["host","b"]]']).toBe(2);
    // Of both together: what counts less than the buckets below it is lifted.
    const rates = 'histogram_quantile(0.5, sum by (le) (latency_bucket))';
    expect(await valueAt(rates, 0, series)).toBeCloseTo(0.32, 12);
    expect(await at('histogram_quantile(0.5, nothing)', 0, series)).toEqual({});
  });
});

test('histograms of two metrics - are not put together', async () => {
  const series = ['one', 'two'].flatMap((metric) =>
    ['1', '+Inf'].map((le) => every(10, { __name__: metric, le }, [4])),
  );
  const error = await errorOf(at('histogram_quantile(0.5, {__name__=~"one|two"})', 0, series));
  expect(error.message).toContain('vector cannot contain metrics with the same labelset');
  const parted =
    'histogram_quantile(0.5, label_replace({__name__=~"one|two"}, "m", "$1", "__name__", "(.*)"))';
  expect(await at(parted, 0, series)).toEqual({ '[["m","one"]]': 0.5, '[["m","two"]]': 0.5 });
});

test('a bound that no float holds - makes no bucket', async () => {
  const series = ['1', '2', '1e400'].map((le) => every(10, { __name__: 'b', le }, [4]));
  expect(await valueAt('histogram_quantile(0.5, b)', 0, series)).toBe(nan);
});

test('a group with leading zeros - is no number', async () => {
  const replaced = 'label_replace(cpu, "h", "$1-$01", "host", "(.*)")';
  expect(await at(replaced, 0, [cpu([1], { host: 'a' })])).toEqual({
    '[["__name__","cpu"],["h","a-"],["host","a"]]': 1,
  });
});

test('presence - is that of the last function, however many there are', async () => {
  const text = 'abs(clamp_min(-(cpu > 1), -2)) or vector(0)';
  const grid = { startMs: 0, stepMs: 10_000, count: 3 };
  const found: number[] = [];
  for await (const part of evaluateRange(
    parseExpression(text),
    grid,
    optionsFor([cpu([1, 2, 3])], { lookbackMs: 5000 }),
  )) {
    for (const { values, present } of part) {
      found.push(...values.filter((_, step) => isPresent(present, step)));
    }
  }
  expect(found).toEqual([0, 2, 2]);
});
