import { describe, expect, test } from 'bun:test';
import { AnswerError, NAME_BYTES_MAX } from '@overseer/shared';
import { dependenciesOf } from '../dependencies.ts';
import { parseExpression, parseSelector } from './parser.ts';
import { EXPRESSION_CHARACTERS_MAX } from './syntax-tree.ts';

const MINUTE_MS = 60_000;

function errorOf(action: () => unknown): AnswerError {
  try {
    action();
  } catch (error) {
    if (error instanceof AnswerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Kind, line:column and message. */
function complaint(text: string): string {
  const { kind, message, position } = errorOf(() => parseExpression(text));
  return `${kind} ${position?.line}:${position?.column} ${message}`;
}

describe('parser - literals', () => {
  const numbers: [text: string, value: number][] = [
    ['1', 1],
    ['-.5', -0.5],
    ['+1e3', 1000],
    ['- 7', -7],
    ['-(2)', -2],
    ['((3))', 3],
    ['1_000', 1000],
    ['0x1F', 31],
    ['0755', 493],
    ['089', 89],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['NaN', Number.NaN],
    ['1h30m', 5400],
    ['250ms', 0.25],
    ['1 # one', 1],
  ];
  test.each(numbers)('%s - is its number', (text, value) => {
    expect(parseExpression(text)).toMatchObject({ kind: 'number', value });
  });

  const strings: [text: string, value: string][] = [
    ['"a"', 'a'],
    ["'it''s'".slice(0, 4), 'it'],
    [String.raw`"\"quoted\" \\ \n\t\a"`, '"quoted" \\ \n\t\x07'],
    [String.raw`'\''`, "'"],
    ['`raw \\n "x"`', 'raw \\n "x"'],
    [String.raw`"\u00fc\U0001F600\xc3\xbc\303\274"`, 'ü😀üü'],
    ['"ü"', 'ü'],
  ];
  test.each(strings)('%s - is its string', (text, value) => {
    expect(parseExpression(text)).toMatchObject({ kind: 'string', value });
  });
});

describe('parser - selectors', () => {
  const selectors: [text: string, matchers: [name: string, op: string, value: string][]][] = [
    ['cpu', [['__name__', '=', 'cpu']]],
    ['a:b', [['__name__', '=', 'a:b']]],
    ['sum', [['__name__', '=', 'sum']]],
    ['rate{}', [['__name__', '=', 'rate']]],
    [
      'cpu{host="a", dc!="b", x=~"c.*", y!~"d",}',
      [
        ['__name__', '=', 'cpu'],
        ['host', '=', 'a'],
        ['dc', '!=', 'b'],
        ['x', '=~', 'c.*'],
        ['y', '!~', 'd'],
      ],
    ],
    [
      '{"my.metric", "host.name"=\'a\'}',
      [
        ['__name__', '=', 'my.metric'],
        ['host.name', '=', 'a'],
      ],
    ],
    ['{__name__=~"cpu_.*"}', [['__name__', '=~', 'cpu_.*']]],
    ['{a!=""}', [['a', '!=', '']]],
  ];
  test.each(selectors)('%s - has its matchers', (text, matchers) => {
    const expected = matchers.map(([name, op, value]) => ({ name, op, value }));
    expect(parseSelector(text) as unknown[]).toEqual(expected);
    expect(parseExpression(text)).toMatchObject({ kind: 'vector selector', matchers: expected });
  });

  test('a range and an offset - are milliseconds', () => {
    expect(parseExpression('cpu[1m30s] offset 2')).toMatchObject({
      kind: 'range selector',
      rangeMs: 90_000,
      selector: { offsetMs: 2000 },
    });
    expect(parseExpression('cpu offset 1w')).toMatchObject({ offsetMs: 7 * 24 * 60 * MINUTE_MS });
  });

  test('anything but a selector - is refused where one is asked for', () => {
    for (const text of ['sum(cpu)', 'cpu[5m]', 'cpu offset 5m', '(cpu)', '1', '"cpu"', '{}', '']) {
      expect(errorOf(() => parseSelector(text)).kind).toBe('bad_data');
    }
  });
});

describe('parser - calls and aggregations', () => {
  test('a function - has its arguments', () => {
    expect(parseExpression('quantile_over_time(0.9, (cpu[5m]))')).toMatchObject({
      kind: 'call',
      function: { name: 'quantile_over_time' },
      arguments: [{ kind: 'number', value: 0.9 }, { kind: 'range selector' }],
    });
  });

  test('grouping - stands before or behind, and may be quoted', () => {
    const grouping = { by: true, names: ['host', 'data.center'] };
    const texts = ['SUM by (host, "data.center",) (cpu)', 'sum(cpu) BY (host, "data.center")'];
    for (const text of texts) {
      expect(parseExpression(text)).toMatchObject({
        kind: 'aggregation',
        aggregator: { name: 'sum' },
        grouping,
      });
    }
    expect(parseExpression('avg without () (cpu)')).toMatchObject({
      grouping: { by: false, names: [] },
    });
    expect(parseExpression('avg(cpu)')).toMatchObject({ grouping: { by: true, names: [] } });
  });
});

describe('parser - errors', () => {
  const complaints: [text: string, complaint: string][] = [
    ['', 'bad_data 1:1 unexpected end of input'],
    ['  # nothing', 'bad_data 1:12 unexpected end of input'],
    ['sum(', 'bad_data 1:5 unclosed left parenthesis'],
    ['cpu{', 'bad_data 1:5 unexpected end of input inside braces'],
    ['rate(cpu{a=")"}[5m', 'bad_data 1:19 unclosed left parenthesis'],
    ['cpu[5m', 'bad_data 1:7 unclosed left bracket'],
    ['^2', 'bad_data 1:1 unexpected <op:^>'],
    ['cpu\n  host', 'bad_data 2:3 unexpected identifier "host"'],
    ['ignoring(a) cpu', 'bad_data 1:1 unexpected <ignoring>'],
    ['cpu + on(a) on(b) cpu', 'bad_data 1:13 unexpected <on>'],
    ['cpu]', 'bad_data 1:4 unexpected "]"'],
    ['cpu{host=1}', 'bad_data 1:10 unexpected number "1"'],
    ['cpu "x"', String.raw`bad_data 1:5 unexpected string "\"x\""`],
    ['rate(cpu[5m],)', 'bad_data 1:14 unexpected ")"'],
    ['cpu{host="a}', 'bad_data 1:10 unterminated quoted string'],
    [
      String.raw`cpu{host="\q"}`,
      String.raw`bad_data 1:10 "\q" has an escape sequence that is unknown or makes no UTF-8`,
    ],
    ['rat(cpu[5m])', 'bad_data 1:1 unknown function with name "rat"'],
    ['cpu{host=~"a("}', 'bad_data 1:11 "a(" is no RE2 pattern: missing closing )'],
    ['{host=~".*"}', 'bad_data 1:1 vector selector must contain at least one non-empty matcher'],
    ['cpu{__name__="b"}', 'bad_data 1:1 metric name must not be set twice: "cpu" or "b"'],
    ['{"a", "b"}', 'bad_data 1:1 metric name must not be set twice: "a" or "b"'],
    ['cpu[0s]', 'bad_data 1:5 duration must be greater than 0'],
    ['cpu[-5m]', 'bad_data 1:5 duration must be greater than 0'],
    ['cpu[999y]', 'bad_data 1:5 duration out of range'],
    ['cpu[1s1m]', 'bad_data 1:7 unexpected number "1m"'],
    ['sum(cpu)[5m]', 'bad_data 1:1 ranges only allowed for vector selectors'],
    ['cpu offset 1m offset 2m', 'bad_data 1:1 offset may not be set multiple times'],
    [
      'sum(cpu) offset 1m',
      'bad_data 1:1 offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['rate()', 'bad_data 1:1 expected 1 argument(s) in call to "rate", got 0'],
    [
      'rate(cpu)',
      'bad_data 1:6 expected type range vector in call to function "rate", got instant vector',
    ],
    [
      'quantile_over_time(cpu, cpu[5m])',
      'bad_data 1:20 expected type scalar in call to function "quantile_over_time", got instant vector',
    ],
    [
      'sum(cpu[5m])',
      'bad_data 1:5 expected type instant vector in aggregation expression, got range vector',
    ],
    [
      'sum(cpu, cpu)',
      'bad_data 1:1 wrong number of arguments for aggregate expression provided, expected 1, got 2',
    ],
    [
      'limitk(3, cpu)',
      'unsupported 1:1 the aggregation limitk is not supported: it is experimental in Prometheus',
    ],
    [
      'cpu[5m + 1m]',
      'unsupported 1:5 arithmetic in durations is not supported: it is experimental in Prometheus',
    ],
  ];
  test.each(complaints)('%s - is told with its place', (text, expected) => {
    expect(complaint(text)).toBe(expected);
  });

  test('the offset - counts characters from the start', () => {
    const { position } = errorOf(() => parseExpression('sum(\n  cpu ]'));
    expect(position).toEqual({ line: 2, column: 7, offset: 11 });
  });

  test('an error - is the first one, however much is wrong behind it', () => {
    for (const broken of ['(', '{', '"', '% ', '😀', 'a ']) {
      const text = `cpu ] ${broken.repeat(1000)}`;
      expect(complaint(text)).toBe('bad_data 1:5 unexpected "]"');
    }
  });

  test('too long or too deep - is refused', () => {
    const long = `cpu{host="${'a'.repeat(EXPRESSION_CHARACTERS_MAX)}"}`;
    expect(complaint(long)).toContain('is longer than 65536');
    expect(complaint(`${'('.repeat(1000)}1${')'.repeat(1000)}`)).toContain('200 deep');
    expect(parseExpression(`${'('.repeat(150)}1${')'.repeat(150)}`)).toMatchObject({ value: 1 });
  });

  test('a long chain of operators - is too deep, not out of place', () => {
    for (const operator of ['+', ' or ', ' ATAN2 ', '^', '>bool ']) {
      for (const count of [250, 1000, 5000]) {
        expect(complaint(`a${`${operator}a`.repeat(count)}`)).toContain('200 deep');
      }
    }
    // None of these is an operator.
    const plain = `label_join(a{b="+*/%"}[-5m:], ${"'+ or -', ".repeat(300)} x) # + + +`;
    expect(complaint(plain)).not.toContain('200 deep');
  });

  test('a long token - is cut in the message', () => {
    expect(complaint(`cpu ${'x'.repeat(10_000)}`).length).toBeLessThan(200);
    expect(complaint(`{a=~"${'('.repeat(10_000)}"}`).length).toBeLessThan(200);
  });
});

describe('dependencies', () => {
  test('measurements - are all that the metrics can be', () => {
    const { measurements } = dependenciesOf(parseExpression('sum(rate(cpu_usage_idle[5m]))'));
    expect(measurements).toEqual(['cpu', 'cpu_usage', 'cpu_usage_idle']);
    expect(dependenciesOf(parseExpression('{__name__="cpu"}')).measurements).toEqual(['cpu']);
    expect(dependenciesOf(parseExpression('1')).measurements).toEqual([]);
  });

  test('a name of nothing but underscores - can be few measurements: none has so long a name', () => {
    const ofLength = (length: number) =>
      dependenciesOf(parseExpression('_'.repeat(length))).measurements?.length;
    expect(ofLength(100)).toBe(99);
    expect(ofLength(NAME_BYTES_MAX + 100)).toBe(NAME_BYTES_MAX - 98);
    expect(ofLength(EXPRESSION_CHARACTERS_MAX)).toBe(0);
  });

  test('a selector without a name - depends on everything', () => {
    for (const text of ['{host="a"}', '{__name__=~"cpu.*"}', '{__name__!="cpu", host="a"}']) {
      expect(dependenciesOf(parseExpression(text)).measurements).toBeUndefined();
    }
  });

  test('the reach - is the range or the lookback, and the offset', () => {
    const reach = (text: string) => dependenciesOf(parseExpression(text)).reach(5 * MINUTE_MS);
    const minutes = (before: number, ahead = 0) => ({
      beforeMs: before * MINUTE_MS,
      aheadMs: ahead * MINUTE_MS,
    });
    expect(reach('cpu')).toEqual(minutes(5));
    expect(reach('cpu offset 1m')).toEqual(minutes(6));
    expect(reach('max(rate(cpu[1m] offset 1h))')).toEqual(minutes(61));
    expect(reach('1')).toEqual(minutes(0));
    expect(reach('-cpu + rate(mem[20m])')).toEqual(minutes(20));
    expect(reach('cpu offset -2m')).toEqual(minutes(3, 2));
    expect(reach('rate(cpu[1m] offset -2m)')).toEqual(minutes(0, 2));
    expect(reach('max_over_time(rate(cpu[1m] offset 2m)[1h:] offset -30m)')).toEqual(
      minutes(33, 28),
    );
  });

  test('a fixed time - has no reach; start and end make it a matter of all steps', () => {
    const depends = (text: string) => {
      const { reach, isOfWholeRange } = dependenciesOf(parseExpression(text));
      return [reach(MINUTE_MS), isOfWholeRange];
    };
    expect(depends('cpu @ 5 + cpu')).toEqual([undefined, false]);
    expect(depends('sum_over_time((cpu @ end())[5m:])')).toEqual([undefined, true]);
    expect(depends('rate(cpu[5m] @ start())')).toEqual([undefined, true]);
    expect(depends('cpu')[1]).toBe(false);
  });
});
