import { describe, expect, test } from 'bun:test';
import type { Expression } from '../expression.ts';
import { parseExpression } from '../syntax/parser.ts';
import { at, cpu, errorOf, every, optionsFor, range, valueAt } from '../testing/mod.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** The expression with all its parentheses. */
function shape(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return `${expression.value}`;
    case 'vector selector':
      return `${expression.matchers[0]?.value}${expression.offsetMs === 0 ? '' : `~${expression.offsetMs}`}`;
    case 'plus':
      return `(+${shape(expression.of)})`;
    case 'negation':
      return `(-${shape(expression.of)})`;
    case 'binary':
      return `(${shape(expression.left)} ${expression.operator.symbol} ${shape(expression.right)})`;
    default:
      return expression.kind;
  }
}

describe('operators - what they bind', () => {
  const shapes: [text: string, shape: string][] = [
    ['a - b - c', '((a - b) - c)'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['a + b * c ^ d', '(a + (b * (c ^ d)))'],
    ['a * b % c / d atan2 e', '((((a * b) % c) / d) atan2 e)'],
    ['a or b and c unless d', '(a or ((b and c) unless d))'],
    ['a OR b AND c', '(a or (b and c))'],
    ['a > b == c', '((a > b) == c)'],
    ['a + b > c and d', '(((a + b) > c) and d)'],
    ['-a ^ b', '(-(a ^ b))'],
    ['-a * b', '((-a) * b)'],
    ['-1 ^ 2', '(-(1 ^ 2))'],
    ['2 ^ -1', '(2 ^ -1)'],
    ['a ^ -b * c', '((a ^ (-b)) * c)'],
    ['a -1', '(a - 1)'],
    ['- -a', '(-(-a))'],
    ['+a', '(+a)'],
    ['+(a * b)', '(a * b)'],
    ['a + b offset 1s', '(a + b~1000)'],
    ['a + b offset 1s * c', '(a + (b~1000 * c))'],
    ['-a offset 1s', '(-a~1000)'],
    ['(a + b) * c', '((a + b) * c)'],
  ];
  test.each(shapes)('%s', (text, expected) => {
    expect(shape(parseExpression(text))).toBe(expected);
  });

  const complaints: [text: string, complaint: string][] = [
    ['1 > 2', '1:3 comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3 bool modifier can only be used on comparison operators'],
    ['a + "x"', '1:5 binary expression must contain only scalar and instant vector types'],
    ['a[5m] + 1', '1:1 binary expression must contain only scalar and instant vector types'],
    ['a and 1', '1:3 set operator "and" not allowed in binary scalar expression'],
    ['a + on(x) 1', '1:5 vector matching only allowed between instant vectors'],
    ['a or on(x) group_left b', '1:6 no grouping allowed for "or" operation'],
    ['a * on(x) group_left(x) b', '1:5 label "x" must not occur in ON and GROUP clause at once'],
    [
      '-a[5m]',
      '1:1 unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['a + fill(0) b', '1:5 the fill modifier is not supported: it is experimental in Prometheus'],
    ['a </ b', '1:3 the operator </ is not supported: it is experimental in Prometheus'],
    ['a + sum(a)[5m]', '1:5 ranges only allowed for vector selectors'],
  ];
  test.each(complaints)('%s - is told with its place', (text, expected) => {
    let told = '';
    try {
      parseExpression(text);
    } catch (error) {
      const { message, position } = error as Awaited<ReturnType<typeof errorOf>>;
      told = `${position?.line}:${position?.column} ${message}`;
    }
    expect(told).toBe(expected);
  });

  test('a long chain - is refused before it exhausts the stack', () => {
    const chain = (length: number) => Array.from({ length }, () => 'a').join(' * ');
    expect(() => parseExpression(chain(400))).toThrow('nested 200 deep');
    expect(() => parseExpression(chain(150))).not.toThrow();
    const nested = `${'(1+1+1+'.repeat(90)}1${')'.repeat(90)}`;
    expect(() => parseExpression(nested)).toThrow('nested 200 deep');
  });
});

describe('operators - on scalars', () => {
  const values: [text: string, value: number][] = [
    ['1 + 2 * 3', 7],
    ['-2 ^ 2', -4],
    ['7 % 4', 3],
    ['-7 % 4', -3],
    ['1 / 0', infinity],
    ['0 / 0', nan],
    ['2 ^ 3 ^ 2', 512],
    ['1 ^ NaN', 1],
    ['-1 ^ Inf', -1],
    ['(-1) ^ Inf', 1],
    ['1 atan2 1', Math.PI / 4],
    ['1 < bool 2', 1],
    ['NaN == bool NaN', 0],
    ['NaN != bool NaN', 1],
    ['-(1 + 2)', -3],
    ['time() - 5', 95],
    ['pi()', Math.PI],
    ['scalar(cpu) + 1', nan],
  ];
  test.each(values)('%s', async (text, value) => {
    const options = optionsFor([cpu([1], { host: 'a' }), cpu([2], { host: 'b' })]);
    const [series] = await range(text, { startMs: 100_000, stepMs: 1000, count: 1 }, options);
    expect(series).toEqual({ labels: {}, values: [value] });
  });

  test('scalar - is the value of the only series, at each step', async () => {
    const options = optionsFor([cpu([1, 2, 3], { host: 'a' }), cpu([null, 7], { host: 'b' })], {
      lookbackMs: 10_000,
    });
    const grid = { startMs: 0, stepMs: 10_000, count: 4 };
    const [series] = await range('scalar(cpu)', grid, options);
    expect(series?.values).toEqual([1, nan, 3, nan]);
  });
});

describe('operators - of a vector and a scalar', () => {
  const hosts = [cpu([1], { host: 'a' }), cpu([5], { host: 'b' })];

  test('arithmetic - drops the name', async () => {
    expect(await at('cpu * 2', 0, hosts)).toEqual({ '[["host","a"]]': 2, '[["host","b"]]': 10 });
    expect(await at('10 - cpu', 0, hosts)).toEqual({ '[["host","a"]]': 9, '[["host","b"]]': 5 });
    expect(await at('-cpu', 0, hosts)).toEqual({ '[["host","a"]]': -1, '[["host","b"]]': -5 });
  });

  test('a comparison - keeps names and values of what it holds for', async () => {
    const b = { '[["__name__","cpu"],["host","b"]]': 5 };
    expect(await at('cpu > 3', 0, hosts)).toEqual(b);
    expect(await at('3 < cpu', 0, hosts)).toEqual(b);
    expect(await at('cpu > 30', 0, hosts)).toEqual({});
    expect(await at('cpu > bool 3', 0, hosts)).toEqual({
      '[["host","a"]]': 0,
      '[["host","b"]]': 1,
    });
  });

  test('series that only their metrics tell apart - are one, unless both have a value', async () => {
    const other = every(10, { __name__: 'mem' }, [null, 7]);
    const options = optionsFor([cpu([1]), other], { lookbackMs: 5000 });
    const grid = { startMs: 0, stepMs: 10_000, count: 2 };
    expect(await range('{__name__=~"cpu|mem"} * 2', grid, options)).toEqual([
      { labels: {}, values: [2, 14] },
    ]);
    const error = await errorOf(at('{__name__=~"cpu|mem"} * 2', 10, [cpu([1]), other]));
    expect(error.message).toStartWith('vector cannot contain metrics with the same labelset');
  });
});

describe('operators - of two vectors', () => {
  const grid = { startMs: 0, stepMs: 10_000, count: 3 };
  const cpus = [
    cpu([1, 2, 3], { host: 'a', dc: 'x' }),
    cpu([10, 20, null], { host: 'b', dc: 'x' }),
  ];
  const limit = (values: (number | null)[], labels = {}) =>
    every(10, { __name__: 'limit', ...labels }, values);
  const ask = (text: string, more = [limit([100, 200, 300], { host: 'a', dc: 'x' })]) =>
    range(text, grid, optionsFor([...cpus, ...more], { lookbackMs: 5000 }));

  test('one to one - by all labels, or those named', async () => {
    expect(await ask('limit - cpu')).toEqual([
      { labels: { host: 'a', dc: 'x' }, values: [99, 198, 297] },
    ]);
    expect(await ask('limit - on(host) cpu')).toEqual([
      { labels: { host: 'a' }, values: [99, 198, 297] },
    ]);
    expect(await ask('limit - ignoring(dc) cpu')).toEqual([
      { labels: { host: 'a' }, values: [99, 198, 297] },
    ]);
    expect(await ask('cpu - on(rack) limit', [limit([1], { rack: 'z' })])).toEqual([]);
  });

  test('comparisons - filter the left side, or give 0 and 1', async () => {
    const more = [limit([2, 2, 2], { host: 'a', dc: 'x' })];
    expect(await ask('cpu >= limit', more)).toEqual([
      { labels: { __name__: 'cpu', host: 'a', dc: 'x' }, values: [undefined, 2, 3] },
    ]);
    expect(await ask('cpu >= bool limit', more)).toEqual([
      { labels: { host: 'a', dc: 'x' }, values: [0, 1, 1] },
    ]);
    expect(await ask('limit < on(host) cpu', more)).toEqual([
      { labels: { host: 'a' }, values: [undefined, undefined, 2] },
    ]);
  });

  test('many to one - takes labels along', async () => {
    const more = [limit([100, 200, 300], { dc: 'x', site: 'north' })];
    expect(await ask('cpu / on(dc) group_left(site) limit', more)).toEqual([
      { labels: { dc: 'x', host: 'a', site: 'north' }, values: [0.01, 0.01, 0.01] },
      { labels: { dc: 'x', host: 'b', site: 'north' }, values: [0.1, 0.1, undefined] },
    ]);
    expect(await ask('limit / on(dc) group_right cpu', more)).toEqual([
      { labels: { dc: 'x', host: 'a' }, values: [100, 100, 100] },
      { labels: { dc: 'x', host: 'b' }, values: [10, 10, undefined] },
    ]);
  });

  const matchErrors: [text: string, message: string][] = [
    [
      'limit * on(dc) cpu',
      'found duplicate series for the match group {dc="x"} on the right hand-side of the operation: [{__name__="cpu", ',
    ],
    [
      'cpu * on(dc) group_right limit',
      'found duplicate series for the match group {dc="x"} on the left hand-side of the operation: [{__name__="cpu", ',
    ],
    ['cpu * on(dc) limit', 'multiple matches for labels: many-to-one matching must be explicit'],
    [
      'cpu * on(dc) group_left(host) limit',
      'multiple matches for labels: grouping labels must ensure unique matches',
    ],
  ];
  test.each(matchErrors)('%s - is an error', async (text, message) => {
    const error = await errorOf(ask(text));
    expect(error.kind).toBe('execution');
    expect(error.message).toStartWith(message);
  });

  test('what would not be unique - is no error at steps that lack it', async () => {
    const twice = [limit([1, null, 1], { dc: 'x', n: '1' }), limit([null, 2], { dc: 'x', n: '2' })];
    expect(await ask('cpu{host="a"} * on(dc) limit', twice)).toEqual([
      { labels: { dc: 'x' }, values: [1, 4, 3] },
    ]);
    expect(await ask('cpu{host="a"} * on(dc) group_left(n) limit', twice)).toEqual([
      { labels: { dc: 'x', host: 'a', n: '1' }, values: [1, undefined, 3] },
      { labels: { dc: 'x', host: 'a', n: '2' }, values: [undefined, 4, undefined] },
    ]);
    // Only at the last step there is a single cpu.
    const late = [limit([null, null, 5], { dc: 'x' })];
    expect(await ask('cpu * on(dc) limit', late)).toEqual([
      { labels: { dc: 'x' }, values: [undefined, undefined, 15] },
    ]);
    // Duplicates on the right do not matter where there is nothing on the left.
    const early = [limit([1], { n: '1' }), limit([1], { n: '2' })];
    expect(await ask('cpu{host="nobody"} * on(dc) limit', early)).toEqual([]);
  });

  test('sets - look at which series there are, at each step', async () => {
    const more = [limit([null, 5], { host: 'a', dc: 'x' })];
    const a = { __name__: 'cpu', host: 'a', dc: 'x' };
    const b = { __name__: 'cpu', host: 'b', dc: 'x' };
    expect(await ask('cpu and limit', more)).toEqual([
      { labels: a, values: [undefined, 2, undefined] },
    ]);
    expect(await ask('cpu unless limit', more)).toEqual([
      { labels: a, values: [1, undefined, 3] },
      { labels: b, values: [10, 20, undefined] },
    ]);
    expect(await ask('cpu and on(dc) limit', more)).toEqual([
      { labels: a, values: [undefined, 2, undefined] },
      { labels: b, values: [undefined, 20, undefined] },
    ]);
    expect(await ask('limit or cpu', more)).toEqual([
      { labels: a, values: [1, undefined, 3] },
      { labels: b, values: [10, 20, undefined] },
      { labels: { __name__: 'limit', host: 'a', dc: 'x' }, values: [undefined, 5, undefined] },
    ]);
  });

  test('or - makes one series of equal labels', async () => {
    expect(await ask('sum(limit) or sum(cpu)', [limit([null, 5])])).toEqual([
      { labels: {}, values: [11, 5, 3] },
    ]);
    expect(await ask('cpu{host="a"} offset 10s or cpu{host="a"}')).toEqual([
      { labels: { __name__: 'cpu', host: 'a', dc: 'x' }, values: [1, 1, 2] },
    ]);
    expect(await ask('nothing or cpu{host="a"}')).toHaveLength(1);
    expect(await ask('cpu{host="a"} or nothing')).toHaveLength(1);
  });

  test('a held side - counts against the budget', async () => {
    const options = optionsFor(cpus);
    await range('cpu + cpu', grid, options);
    expect(options.budget.held).toBeGreaterThanOrEqual(cpus.length * grid.count);
  });

  test('a name taken from the one side - is kept by arithmetic, not by bool', async () => {
    const series = [cpu([8], { host: 'a' }), every(10, { __name__: 'up', host: 'a' }, [8])];
    const grouped = 'on(host) group_left(__name__) up';
    const labels = ['host', 'a'];
    expect(await at(`cpu == bool ${grouped}`, 0, series)).toEqual({
      [JSON.stringify([labels])]: 1,
    });
    expect(await at(`cpu + ${grouped}`, 0, series)).toEqual({
      [JSON.stringify([['__name__', 'up'], labels])]: 16,
    });
  });

  test('a minus - needs series that are told apart without their names, at all steps together', async () => {
    const series = [cpu([1, null]), every(10, { __name__: 'up' }, [null, 1])];
    const steps = { startMs: 0, stepMs: 10_000, count: 2 };
    const options = optionsFor(series, { lookbackMs: 5000 });
    const error = await errorOf(range('-{__name__=~"cpu|up"}', steps, options));
    expect(error.message).toContain('vector cannot contain metrics with the same labelset');
    expect(await range('{__name__=~"cpu|up"} + 1', steps, options)).toEqual([
      { labels: {}, values: [2, 2] },
    ]);
  });

  test('many series that are not unique - are told at once, and what may match is counted', async () => {
    const many = (metric: string, valuesOf: (i: number) => (number | null)[]) =>
      Array.from({ length: 3000 }, (_, i) =>
        every(10, { __name__: metric, i: `${i}` }, valuesOf(i)),
      );
    const text = 'cpu * on() group_left up';
    const alike = [...many('cpu', () => [1]), ...many('up', () => [1])];
    const error = await errorOf(at(text, 0, alike));
    expect(error.message).toContain('found duplicate series for the match group {}');
    const apart = many('up', (i) => [i === 0 ? 1 : null, i === 1 ? 1 : null]).slice(0, 2);
    const options = optionsFor([...many('cpu', () => [1, 1]), ...apart], {
      lookbackMs: 5000,
      seriesMax: 10_000,
    });
    const found = await range(text, { startMs: 0, stepMs: 10_000, count: 2 }, options);
    expect(found).toHaveLength(3000);
    expect(options.budget.held).toBeGreaterThanOrEqual(2 * 3000);
  });

  test('a value - is that of operands of operands', async () => {
    const series = [cpu([8])];
    expect(await valueAt('(cpu + cpu) / (cpu - 6) ^ 2 > bool 3', 0, series)).toBe(1);
  });
});
