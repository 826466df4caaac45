import { describe, expect, test } from 'bun:test';
import { evaluateInstant } from '../evaluation.ts';
import { parseExpression } from '../syntax/parser.ts';
import { at, cpu, errorOf, every, optionsFor, range, valueAt } from '../testing/mod.ts';

/** Offsets, `@` and subqueries: at which times an expression looks. */

const HOUR = 3600;
/** A value every 10 s that is its second. */
const clock = cpu(Array.from({ length: 361 }, (_, i) => i * 10));

describe('offsets', () => {
  test('a negative one - looks ahead', async () => {
    expect(await valueAt('cpu offset -50s', 100, [clock])).toBe(150);
    expect(await valueAt('count_over_time(cpu[30s] offset -30s)', 3590, [clock])).toBe(1);
  });
});

describe('@', () => {
  const grid = { startMs: 100_000, stepMs: 60_000, count: 3 };
  const cases: [text: string, values: (number | undefined)[]][] = [
    ['cpu @ 50', [50, 50, 50]],
    ['cpu @ 50.5', [50, 50, 50]],
    ['cpu @ 50 offset 20s', [30, 30, 30]],
    ['cpu offset 20s @ 50', [30, 30, 30]],
    ['cpu @ start()', [100, 100, 100]],
    ['cpu @ end()', [220, 220, 220]],
    ['cpu - cpu @ start()', [0, 60, 120]],
    ['sum_over_time(cpu[20s] @ 100)', [190, 190, 190]],
    ['rate(cpu[1m] @ 200)', [1, 1, 1]],
    ['quantile_over_time(0.5, cpu[20s] @ 100)', [95, 95, 95]],
    ['stdvar_over_time(cpu[20s] @ 100)', [25, 25, 25]],
    ['min_over_time(cpu[20s] @ 100)', [90, 90, 90]],
    ['max_over_time(cpu[1m:10s] @ end())', [220, 220, 220]],
    ['sum_over_time((cpu @ start())[1m:30s])', [200, 200, 200]],
    ['cpu @ -10', []],
  ];
  test.each(cases)('%s', async (text, values) => {
    const found = await range(text, grid, optionsFor([clock]));
    expect(found.map((series) => series.values)).toEqual(values.length > 0 ? [values] : []);
  });

  test('a time that cannot be - is refused', () => {
    for (const time of ['NaN', 'Inf', '1e30', '-Inf']) {
      expect(() => parseExpression(`cpu @ ${time}`)).toThrow('timestamp out of bounds');
    }
    expect(() => parseExpression('cpu @ 1 @ 2')).toThrow('may not be set multiple times');
    expect(() => parseExpression('sum(cpu) @ 1')).toThrow('@ modifier must be preceded by');
    expect(() => parseExpression('(cpu) @ 1')).toThrow('@ modifier must be preceded by');
    expect(() => parseExpression('cpu @ 1 [5m]')).toThrow('no @ modifiers allowed before range');
  });
});

describe('subqueries', () => {
  test('their steps - are multiples of the step, after the left edge', async () => {
    // 60, 90, 120: at 95 of the first, at 35 - 60 s before - is the open edge.
    expect(await valueAt('count_over_time(cpu[60s:30s])', 95, [clock])).toBe(2);
    expect(await valueAt('sum_over_time(cpu[60s:30s])', 95, [clock])).toBe(150);
    expect(await valueAt('count_over_time(cpu[60s:30s])', 90, [clock])).toBe(2);
    expect(await valueAt('sum_over_time(cpu[60s:30s] offset 5s)', 95, [clock])).toBe(150);
    expect(await valueAt('sum_over_time(cpu[60s:30s] offset -30s)', 90, [clock])).toBe(210);
  });

  test('without a step - have one a minute', async () => {
    expect(await valueAt('count_over_time(cpu[10m:])', HOUR, [clock])).toBe(10);
  });

  test('before 1970 - have steps too', async () => {
    const early = every(10, { __name__: 'early' }, [1]);
    const shifted = { ...early, times: [-95_000] };
    expect(await valueAt('count_over_time(early[1m:10s])', -5, [shifted])).toBe(6);
  });

  test('a grid - slides over them', async () => {
    const grid = { startMs: 60_000, stepMs: 20_000, count: 3 };
    expect(await range('sum_over_time((cpu * 2)[40s:20s])', grid, optionsFor([clock]))).toEqual([
      { labels: {}, values: [200, 280, 360] },
    ]);
  });

  test('of functions and of each other - work', async () => {
    expect(await valueAt('max_over_time(rate(cpu[1m])[10m:1m])', HOUR, [clock])).toBe(1);
    expect(await valueAt('max_over_time(sum_over_time(cpu[1m:30s])[10m:1m])', HOUR, [clock])).toBe(
      3600 + 3570,
    );
    expect(await valueAt('rate(cpu[10m:1m])', HOUR, [clock])).toBe(1);
    expect(await valueAt('sum(avg_over_time(cpu[1m:10s]))', 60, [clock])).toBe(35);
  });

  test('names - are those of the expression', async () => {
    expect(Object.keys(await at('last_over_time(cpu[1m:])', 60, [clock]))).toEqual([
      '[["__name__","cpu"]]',
    ]);
    expect(Object.keys(await at('last_over_time((cpu + 1)[1m:])', 60, [clock]))).toEqual(['[]']);
  });

  test('a window without steps - has no samples', async () => {
    expect(await at('sum_over_time(cpu[5s:1m])', 59, [clock])).toEqual({});
  });

  test('asked for itself - has its samples', async () => {
    const expression = parseExpression('cpu[1m:30s]');
    expect(await evaluateInstant(expression, 60_000, optionsFor([clock]))).toEqual({
      kind: 'samples',
      series: [
        {
          labels: { __name__: 'cpu' },
          times: Float64Array.of(30_000, 60_000),
          values: Float64Array.of(30, 60),
        },
      ],
    });
  });

  test('too many steps - are a limit with the place of the subquery', async () => {
    const error = await errorOf(valueAt('1 + sum_over_time(cpu[10y:1s])', 0, [clock]));
    expect([error.kind, error.position?.column]).toEqual(['limit', 19]);
  });

  test('each part of one - counts against the budget', async () => {
    const heldBy = async (text: string) => {
      const options = optionsFor([cpu([1])]);
      await range(text, { startMs: 0, stepMs: 1000, count: 1 }, options);
      return options.budget.held;
    };
    const deep = `${'1 + ('.repeat(50)}1${')'.repeat(50)}`;
    const plain = await heldBy('max_over_time(vector(1)[1000s:1s])');
    expect(await heldBy(`max_over_time(vector(${deep})[1000s:1s])`)).toBeGreaterThan(
      plain + 50 * 1000,
    );
  });

  test('what makes no subquery - is refused', () => {
    expect(() => parseExpression('time()[5m:]')).toThrow(
      'subquery is only allowed on instant vector, got scalar instead',
    );
    expect(() => parseExpression('cpu[5m][5m:]')).toThrow(
      'subquery is only allowed on instant vector, got range vector instead',
    );
    expect(() => parseExpression('cpu[5m:0s]')).toThrow('duration must be greater than 0');
  });
});
