import { describe, expect, test } from 'bun:test';
import { parseExpression } from '../syntax/parser.ts';
import { at, cpu, errorOf, optionsFor, range } from '../testing/mod.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe('aggregations with a parameter', () => {
  const grid = { startMs: 0, stepMs: 10_000, count: 3 };
  const hosts = [
    cpu([1, 5, 9], { host: 'a', dc: 'x' }),
    cpu([2, 4, null], { host: 'b', dc: 'x' }),
    cpu([3, 3, 3], { host: 'c', dc: 'y' }),
    cpu([nan, nan, 7], { host: 'd', dc: 'y' }),
  ];
  const ask = async (text: string) => {
    const found = await range(text, grid, optionsFor(hosts, { lookbackMs: 5000 }));
    return Object.fromEntries(
      found.map(({ labels, values }) => [labels.host ?? JSON.stringify(labels), values]),
    );
  };

  test('topk and bottomk - keep series with their labels, at each step', async () => {
    expect(await ask('topk(1, cpu)')).toEqual({
      a: [undefined, 5, 9],
      c: [3, undefined, undefined],
    });
    expect(await ask('bottomk by (dc) (1, cpu)')).toEqual({
      a: [1, undefined, 9],
      b: [undefined, 4, undefined],
      c: [3, 3, 3],
    });
    expect(await ask('topk(2, cpu{dc="y"})')).toEqual({ c: [3, 3, 3], d: [nan, nan, 7] });
    expect(await ask('topk(0, cpu)')).toEqual({});
    expect(await ask('topk(-1, cpu)')).toEqual({});
    expect(Object.keys(await ask('topk(1e9, cpu)'))).toHaveLength(4);
    expect(await ask('topk(scalar(cpu{host="a"}) - 3, cpu)')).toEqual({
      a: [undefined, 5, 9],
      b: [undefined, 4, undefined],
      c: [undefined, undefined, 3],
      d: [undefined, undefined, 7],
    });
    expect((await errorOf(ask('topk(NaN, cpu)'))).message).toBe('Scalar value NaN overflows int64');
  });

  test('topk at an instant - comes in order', async () => {
    const of = Array.from({ length: 50 }, (_, i) => cpu([(i * 37) % 50], { host: `${i}` }));
    expect(Object.values(await at('topk(4, cpu)', 0, of))).toEqual([49, 48, 47, 46]);
    expect(Object.values(await at('bottomk(4, cpu)', 0, of))).toEqual([0, 1, 2, 3]);
    expect(Object.keys(await at('topk(1, cpu)', 0, of))).toEqual([
      '[["__name__","cpu"],["host","27"]]',
    ]);
  });

  test('quantile - is interpolated over the series of a step', async () => {
    expect(await ask('quantile(0.5, cpu{dc="x"})')).toEqual({ '{}': [1.5, 4.5, 9] });
    expect(await ask('quantile by (dc) (2, cpu)')).toEqual({
      '{"dc":"x"}': [infinity, infinity, infinity],
      '{"dc":"y"}': [infinity, infinity, infinity],
    });
    expect(await ask('quantile(0, cpu)')).toEqual({ '{}': [nan, nan, 3] });
  });

  test('count_values - counts equal values', async () => {
    expect(await ask('count_values("value", cpu{host=~"b|c"})')).toEqual({
      '{"value":"2"}': [1, undefined, undefined],
      '{"value":"3"}': [1, 1, 1],
      '{"value":"4"}': [undefined, 1, undefined],
    });
    expect(await ask('count_values without (host) ("value", cpu > 2 < 4)')).toEqual({
      '{"dc":"y","value":"3"}': [1, 1, 1],
    });
    expect(await ask('count_values by (dc) ("value", cpu{dc="y"} * 0)')).toEqual({
      '{"dc":"y","value":"0"}': [1, 1, 2],
      '{"dc":"y","value":"NaN"}': [1, 1, undefined],
    });
  });

  test('count_values - tells 0 from -0, and counts its labels against the budget', async () => {
    const options = optionsFor([cpu([0, -0, 1, 2])]);
    const steps = { startMs: 0, stepMs: 10_000, count: 4 };
    const found = await range('count_values("v", cpu)', steps, options);
    expect(found.map(({ labels }) => labels.v).sort()).toEqual(['-0', '0', '1', '2']);
    const { held } = options.budget;
    const plain = optionsFor([cpu([1, 1, 1, 1])]);
    await range('count_values("v", cpu)', steps, plain);
    expect(held).toBeGreaterThan(plain.budget.held);
  });

  test('values as labels - are written without exponents', async () => {
    const texts: [value: number, text: string][] = [
      [1e21, '1000000000000000000000'],
      [-1.5e22, '-15000000000000000000000'],
      [1.25e-7, '0.000000125'],
      [-1e-10, '-0.0000000001'],
      [infinity, '+Inf'],
      [-infinity, '-Inf'],
      [0.1, '0.1'],
      [123_456_789.5, '123456789.5'],
    ];
    for (const [value, text] of texts) {
      expect(await at('count_values("value", cpu)', 0, [cpu([value])])).toEqual({
        [`[["value","${text}"]]`]: 1,
      });
    }
  });

  test('parameters - are checked', () => {
    const complaints: [text: string, message: string][] = [
      [
        'topk(cpu)',
        'wrong number of arguments for aggregate expression provided, expected 2, got 1',
      ],
      ['topk(cpu, cpu)', 'expected type scalar in aggregation parameter, got instant vector'],
      ['count_values(1, cpu)', 'expected type string in aggregation parameter, got scalar'],
      ['count_values("", cpu)', 'invalid label name ""'],
    ];
    for (const [text, message] of complaints) expect(() => parseExpression(text)).toThrow(message);
  });

  test('what is kept - counts against the budget', async () => {
    for (const text of ['topk(1, cpu)', 'quantile(0.5, cpu)', 'count_values("v", cpu)']) {
      const options = optionsFor(hosts);
      await range(text, grid, options);
      expect(options.budget.held).toBeGreaterThan(0);
    }
  });
});
