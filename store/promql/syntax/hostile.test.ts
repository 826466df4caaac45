import { expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { expressionText, QuestionGenerator, Random } from '../testing/mod.ts';
import { parseExpression } from './parser.ts';

/** Texts of whatever kind are expressions, or errors with a position: nothing else may come of them. */

const SEED = 20_250_301;
const TEXTS = 6000;
const TOKENS = [
  ...[
    'a',
    'cpu',
    'up',
    '1',
    '-1',
    '.5',
    'Inf',
    'NaN',
    '5m',
    '0x',
    '"x"',
    "'",
    '`',
    '\\',
    '\n',
    '#',
  ],
  ...['(', ')', '{', '}', '[', ']', '[5m]', '[5m:]', '[5m:1m]', ',', ':', '=', '=~', '!~', '@'],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '^',
    '==',
    '!=',
    '<',
    '>',
    '</',
    '>/',
    'atan2',
    'and',
    'or',
    'unless',
  ],
  ...['bool', 'on', 'ignoring(x)', 'on()', 'group_left', 'group_right(y)', 'fill(1)', 'offset'],
  ...['offset 1m', 'offset -1m', '@ 1', '@ end()', '@ start()', 'anchored', 'smoothed', 'by (x)'],
  ...[
    'sum',
    'sum(',
    'topk(1,',
    'count_values("v",',
    'quantile',
    'rate(',
    'time()',
    'vector(',
    'abs(',
  ],
  ...[
    'label_replace(',
    'histogram_quantile(',
    'step()',
    'range()',
    'min_of(',
    'without',
    'ü',
    '😀',
  ],
];

/** What became of a text; throws when it is anything else. */
function outcomeOf(text: string): 'expression' | 'error' {
  try {
    parseExpression(text);
    return 'expression';
  } catch (error) {
    const isTold =
      error instanceof AnswerError &&
      (error.kind === 'bad_data' || error.kind === 'unsupported') &&
      error.position !== undefined;
    if (!isTold) throw new Error(`${JSON.stringify(text)}: ${error}`, { cause: error });
    return 'error';
  }
}

test('any sequence of tokens - is an expression or an error with its place', () => {
  const random = new Random(SEED);
  const outcomes = { expression: 0, error: 0 };
  for (let i = 0; i < TEXTS; i++) {
    const length = 1 + random.integer(12);
    const tokens = Array.from({ length }, () => random.pick(TOKENS as [string, ...string[]]));
    outcomes[outcomeOf(tokens.join(random.once(2) ? ' ' : ''))]++;
  }
  expect(outcomes.expression).toBeGreaterThan(TEXTS / 200);
  expect(outcomes.error).toBeGreaterThan(TEXTS / 2);
});

test('expressions that were cut, doubled or mixed - are expressions or errors with their place', () => {
  const random = new Random(SEED);
  const options = { fromMs: 0, durationMs: 1_000_000, isRanked: true };
  const generator = new QuestionGenerator(random, options);
  let before = 'up';
  for (let i = 0; i < TEXTS; i++) {
    const text = expressionText(generator.next());
    expect(outcomeOf(text)).toBe('expression');
    const [from, to] = [random.integer(text.length), random.integer(text.length)];
    outcomeOf(text.slice(0, from) + text.slice(to));
    outcomeOf(text.slice(0, from) + before.slice(random.integer(before.length)));
    outcomeOf(
      text.slice(0, from) + random.pick(TOKENS as [string, ...string[]]) + text.slice(from),
    );
    before = text;
  }
});

test('deep and long texts - are refused soon', () => {
  const deep: [opening: string, closing: string][] = [
    ['(', ')'],
    ['-', ''],
    ['abs(', ')'],
    ['sum(', ')'],
    ['1+', ''],
    ['2^', ''],
    ['', '[5m:1m]'],
    ['', ' offset 1m'],
    ['', ' @ 1'],
    ['a or (', ')'],
    ['{', '}'],
  ];
  for (const [opening, closing] of deep) {
    const count = Math.floor(60_000 / (opening.length + closing.length));
    outcomeOf(`${opening.repeat(count)}a${closing.repeat(count)}`);
  }
});
