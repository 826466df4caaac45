import { describe, expect, test } from 'bun:test';
import { hasPrometheus, startPrometheus } from '@overseer/local/testing';
import { AnswerError } from '@overseer/shared';
import { parseExpression } from '../syntax/parser.ts';
import { EXPRESSION_CHARACTERS_MAX } from '../syntax/syntax-tree.ts';
import {
  expressionText,
  generateData,
  openMetricsOf,
  QuestionGenerator,
  Random,
} from '../testing/mod.ts';
import { expressionTree, formatExpression } from './formatting.ts';

const SEED = 20_260_201;
const QUESTIONS = 500;
const LONG = 'a_name_that_is_rather_long_for_a_metric';

/** Expressions of every kind; what they are formatted to is asked of Prometheus too. */
const EXPRESSIONS: readonly [text: string, formatted: string][] = [
  ['SUM  (a) BY (b, c) # all', 'sum by (b, c) (a)'],
  ['sum by () (a)', 'sum(a)'],
  ['count_values without () ("x", a)', 'count_values without () ("x", a)'],
  ['a{c="d",b=~"e",}', 'a{b=~"e",c="d"}'],
  ['{__name__="a"}', '{__name__="a"}'],
  ['a[90s]offset -90d', 'a[1m30s] offset -90d'],
  ['a offset 1y1d1ms @ 3.5', 'a @ 3.500 offset 366d1ms'],
  ['(a)[1w:1d1h] @ end()', '(a)[1w:1d1h] @ end()'],
  ['a[5m:]@start()', 'a[5m:] @ start()'],
  ['-a * b + -1^2 - -1 + +c', '-a * b + -1 ^ 2 - -1 + +c'],
  ['1 + on() group_left(x) 0x1f', '1 + 31'],
  ['a > bool on (b) group_left (c) d', 'a > bool on (b) group_left (c) d'],
  ['a + ignoring () b and ignoring(c) d', 'a + b and ignoring (c) d'],
  ['a * inf', 'a * +Inf'],
  ["'\\'\"'", '"\'\\""'],
  ['"é😀\\u200b\\x00\\x7f\\n\\U000e0001"', '"é😀\\u200b\\x00\\x7f\\n\\U000e0001"'],
  [
    `${LONG}{host="a"} + ${LONG}{host="b"} / 100000`,
    `  ${LONG}{host="a"}\n+\n  ${LONG}{host="b"} / 100000`,
  ],
  [
    `topk by (b) (3, label_replace(${LONG}, "target", "$1 and $1", "source", "a pattern of (.*)"))`,
    `topk by (b) (
  3,
  label_replace(
    ${LONG},
    "target",
    "$1 and $1",
    "source",
    "a pattern of (.*)"
  )
)`,
  ],
  [
    `-(max_over_time((${LONG} + ${LONG})[1h:1m]) + (${LONG} - ${LONG} - ${LONG}))`,
    `-(
    max_over_time(
(${LONG} + ${LONG})[1h:1m]
    )
  +
    (
        ${LONG} - ${LONG}
      -
        ${LONG}
    )
)`,
  ],
];

function generated(): string[] {
  const options = { fromMs: 0, durationMs: 1_000_000, isRanked: true };
  const generator = new QuestionGenerator(new Random(SEED), options);
  return Array.from({ length: QUESTIONS }, () => expressionText(generator.next()));
}

/** What an expression means, wherever it stands, and in whatever order its matchers do. */
function meaningOf(text: string): unknown {
  return JSON.parse(
    JSON.stringify(parseExpression(text), (key, value) => {
      if (key === 'position') return undefined;
      if (key !== 'matchers') return typeof value === 'number' ? `${value}` : value;
      return value.map((matcher: object) => JSON.stringify(matcher)).sort();
    }),
  );
}

function errorOf(action: () => unknown): AnswerError {
  try {
    action();
  } catch (error) {
    if (error instanceof AnswerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('formatting', () => {
  test.each(EXPRESSIONS)('%s - is written like Prometheus', (text, formatted) => {
    expect(formatExpression(text)).toBe(formatted);
  });

  test('what Prometheus 2 writes otherwise - is written so that it can be read again', () => {
    expect(formatExpression('Inf ^ 2 + 1e21 * 2.5e-7')).toBe(
      'Inf ^ 2 + 1000000000000000000000 * 0.00000025',
    );
    expect(formatExpression('{"a.b", \'c d\'="e"}')).toBe('{"c d"="e",__name__="a.b"}');
    expect(formatExpression('sum by ("c d", e) (a)')).toBe('sum by ("c d", e) (a)');
  });

  test('any expression - means the same, and is not changed again', () => {
    for (const text of [...EXPRESSIONS.map(([given]) => given), ...generated()]) {
      const formatted = formatExpression(text);
      expect(meaningOf(formatted)).toEqual(meaningOf(text));
      expect(formatExpression(formatted)).toBe(formatted);
    }
  });

  test('no expression - is told as by the parser', () => {
    for (const ask of [formatExpression, expressionTree]) {
      expect(errorOf(() => ask('sum(a'))).toMatchObject({
        kind: 'bad_data',
        position: { offset: 5 },
      });
      expect(errorOf(() => ask('rate(a)')).kind).toBe('bad_data');
      expect(errorOf(() => ask('limitk(1, a)')).kind).toBe('unsupported');
    }
  });

  test('what becomes too long - is refused', () => {
    const depth = 190;
    const texts = '"a",'.repeat((EXPRESSION_CHARACTERS_MAX - 2 * depth - 30) / 4);
    const text = `${'('.repeat(depth)}label_join(a, "b", "", ${texts}"a")${')'.repeat(depth)}`;
    for (const ask of [formatExpression, expressionTree]) {
      expect(errorOf(() => ask(text)).kind).toBe('limit');
    }
  });
});

describe('trees', () => {
  const noTime = { offset: 0, timestamp: null, startOrEnd: null };
  const named = (value: string) => ({ name: '__name__', value, type: '=' });
  const selector = (name: string) => ({
    type: 'vectorSelector',
    name,
    matchers: [named(name)],
    ...noTime,
  });
  const number = (val: string) => ({ type: 'numberLiteral', val });
  const trees: [text: string, tree: object][] = [
    ['-1e21', number('-1000000000000000000000')],
    ['-(1)', { type: 'unaryExpr', op: '-', expr: { type: 'parenExpr', expr: number('1') } }],
    ['+a', { type: 'unaryExpr', op: '+', expr: selector('a') }],
    ["'a\\n'", { type: 'stringLiteral', val: 'a\n' }],
    [
      '{b!="c", "a.d"} @ 3.5 offset -5m',
      {
        type: 'vectorSelector',
        name: '',
        matchers: [{ name: 'b', value: 'c', type: '!=' }, named('a.d')],
        offset: -300_000,
        timestamp: 3500,
        startOrEnd: null,
      },
    ],
    [
      'a[5m] @ end()',
      { ...selector('a'), type: 'matrixSelector', range: 300_000, startOrEnd: 'end' },
    ],
    ['a[5m:]', { type: 'subquery', expr: selector('a'), range: 300_000, step: 0, ...noTime }],
    [
      'round(a)',
      {
        type: 'call',
        func: {
          name: 'round',
          argTypes: ['vector', 'scalar'],
          variadic: 1,
          returnType: 'vector',
        },
        args: [selector('a')],
      },
    ],
    [
      'topk without (b) (3, a)',
      {
        type: 'aggregation',
        op: 'topk',
        expr: selector('a'),
        param: number('3'),
        grouping: ['b'],
        without: true,
      },
    ],
    [
      'a AND on (b) c',
      {
        type: 'binaryExpr',
        op: 'and',
        lhs: selector('a'),
        rhs: selector('c'),
        matching: { card: 'many-to-many', labels: ['b'], on: true, include: [] },
        bool: false,
      },
    ],
    [
      'a > bool ignoring (b) group_right (d) c',
      {
        type: 'binaryExpr',
        op: '>',
        lhs: selector('a'),
        rhs: selector('c'),
        matching: { card: 'one-to-many', labels: ['b'], on: false, include: ['d'] },
        bool: true,
      },
    ],
    [
      'a * -1',
      {
        type: 'binaryExpr',
        op: '*',
        lhs: selector('a'),
        rhs: number('-1'),
        matching: null,
        bool: false,
      },
    ],
  ];
  test.each(trees)('%s - has the tree of Prometheus', (text, tree) => {
    expect(JSON.parse(expressionTree(text))).toEqual(tree);
  });
});

describe.skipIf(!(await hasPrometheus()))('formatting beside Prometheus', () => {
  test('expressions of every kind - are written the same', async () => {
    const start = { startMs: 1_700_000_000_000, durationMs: 60_000, hosts: 1, isPlain: true };
    const prometheus = await startPrometheus(openMetricsOf(generateData(new Random(1), start)));
    try {
      for (const query of [...EXPRESSIONS.map(([text]) => text), ...generated()]) {
        const response = await fetch(`${prometheus.url}/api/v1/format_query`, {
          method: 'POST',
          body: new URLSearchParams({ query }),
        });
        const { data, error } = (await response.json()) as { data?: string; error?: string };
        expect(formatExpression(query)).toBe(data ?? `${error}`);
      }
    } finally {
      await prometheus.stop();
    }
  }, 60_000);
});
