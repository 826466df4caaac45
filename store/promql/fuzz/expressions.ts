import fc from 'fast-check';
import { AGGREGATORS } from '../aggregations/aggregators.ts';
import type { ValueType } from '../expression.ts';
import { FUNCTIONS } from '../functions/mod.ts';
import { OPERATORS } from '../operators/operators.ts';

/** Texts of expressions: by the grammar, then changed in places, then noise. What is at the edge of something comes more often. */

const DEPTH_MAX = 5;
const symbolsOf = (kind: string) =>
  [...OPERATORS.values()].filter((operator) => operator.kind === kind).map(({ symbol }) => symbol);
const ARITHMETIC = symbolsOf('arithmetic');
const COMPARISONS = symbolsOf('comparison');
const SETS = symbolsOf('set');
const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '60',
  '-1',
  '.5',
  '0.9',
  '1e308',
  '4e-324',
  '9007199254740993',
  'NaN',
  'Inf',
  '-Inf',
  '+1',
  '1_0',
  '0x10',
  '0755',
  '5m',
  '1y1ms',
];
const DURATIONS = ['1ms', '1s', '15s', '1m', '5m', '1h30m', '1d', '100y', '292y', '0.5', '1e3'];
const STEPS = ['', '1ms', '10s', '1m', '1h', '200y'];
const NAMES = ['cpu', 'temperature', 'requests', 'latency_bucket', 'none', 'sum', 'a:b'];
const QUOTED_NAMES = ['"my.metric"', '"é😀"', "'with space'", '"cpu"'];
const LABELS = ['host', 'host', 'le', 'dc', 'on', '"é"', '"a b"'];
const VALUES = [
  'a',
  'b',
  '',
  '+Inf',
  '0.5',
  'é',
  '😀',
  '\\n',
  '\\u200b',
  '\\xc3\\xa9',
  '\\"',
  '$1',
];
const PATTERNS = [
  '.*',
  '.+',
  'a|b',
  'a.*',
  '(a|b)?',
  '[^a]',
  '\\\\d+',
  '(?i)A',
  '^a$',
  'é.',
  '(.*){300}x',
  '(a|b)*a(a|b){30}',
  '\\\\pL{90}',
  '((a?){20}){20}b',
  '(.+)(.+)(.+)(.+)',
];
const TIMES = ['start()', 'end()', '0', '30', '-1', '1e9', '9.2e15'];
/** Right to the grammar, and refused. */
const WRONG = [
  '""',
  '1e300',
  'NaN',
  '0s',
  '99999999999y',
  '"\\xff"',
  '{a=~"**"}',
  '{a=~"((a{99}){99}){99}"}',
];
const TOKENS = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '[5m]',
    '[5m:]',
    ',',
    ':',
    '=',
    '=~',
    '@',
    '#',
    '\n',
    '"',
    "'",
    '`',
  ],
  ...[
    '\\',
    ' ',
    '-',
    '+',
    '^',
    '*',
    ' and ',
    ' or ',
    ' bool ',
    ' on ()',
    ' ignoring (x)',
    'fill(1)',
  ],
  ...[
    ' group_left',
    ' offset 1m',
    ' @ end()',
    ' by (x)',
    'sum(',
    'rate(',
    'limitk(',
    'info(',
    'NaN',
  ],
  ...['\u0000', '\ufeff', 'é', '😀', '\ud800', '\u2028', 'anchored', 'step()', '0x', '1e', '5m5'],
];

const one = (...texts: readonly string[]) => fc.constantFrom(...texts);
const list = (of: fc.Arbitrary<string>, maxLength = 3) =>
  fc.array(of, { maxLength }).map((texts) => texts.join(', '));
const optional = (of: fc.Arbitrary<string>) => fc.option(of, { nil: '' });
/** The texts of arbitraries and literals, one behind the other. */
const text = (...parts: readonly (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((texts) => texts.join(''));

const MATCHER = fc.oneof(
  text(one(...LABELS), one('=', '!='), '"', one(...VALUES), '"'),
  text(one(...LABELS), one('=~', '!~'), '"', one(...PATTERNS), '"'),
);
const SELECTOR = fc.oneof(
  { arbitrary: text(one(...NAMES), optional(text('{', list(MATCHER), '}'))), weight: 3 },
  text('{', one(...QUOTED_NAMES), optional(text(', ', MATCHER)), '}'),
  text('{host!="", ', list(MATCHER), '}'),
  text('{__name__', one('=~"', '!~"'), one(...PATTERNS), '", host!="nobody"}'),
);
const WHEN = text(
  optional(text(' offset ', optional(one('-', '')), one(...DURATIONS))),
  optional(text(' @ ', one(...TIMES))),
);
const GROUPING = text(one(' by (', ' without ('), list(one(...LABELS)), ') ');
const MATCHING = text(
  one(' on (', ' ignoring ('),
  list(one(...LABELS)),
  ')',
  optional(
    text(one(' group_left', ' group_right'), optional(text(' (', list(one(...LABELS)), ')'))),
  ),
);
const STRING = text('"', one(...VALUES, ...PATTERNS, ...NAMES), '"');

/** What has a type; most of it fits where it stands. */
type Types = Record<ValueType, string>;

/** An expression that the grammar has, and mostly one that can be evaluated. */
export const EXPRESSION: fc.Arbitrary<string> = fc.letrec<Types>((tie) => {
  const of = (types: readonly ValueType[]) =>
    fc.tuple(...types.map((type) => tie(type))).map((texts) => texts.join(', '));
  const calls = (returns: ValueType) =>
    [...FUNCTIONS.values()]
      .filter((called) => called.returns === returns)
      .map(({ name, arguments: types, optionalCount }) => {
        const given = fc
          .nat(optionalCount)
          .chain((left) => of(types.slice(0, types.length - left)));
        return text(name, '(', given, ')');
      });
  const aggregations = [...AGGREGATORS.values()].map(({ name, parameter }) => {
    const before = parameter ? text(tie(parameter), ', ') : '';
    return text(name, optional(GROUPING), '(', before, tie('instant vector'), ')');
  });
  const binary = (left: ValueType, right: ValueType, behind: fc.Arbitrary<string>) =>
    text(tie(left), ' ', behind, ' ', tie(right));
  const arithmetic = one(...ARITHMETIC);
  const comparison = text(one(...COMPARISONS), one('', ' bool'));
  const shallow = { maxDepth: DEPTH_MAX, depthIdentifier: 'expression' };
  return {
    string: STRING,
    scalar: fc.oneof(
      shallow,
      one(...NUMBERS),
      binary('scalar', 'scalar', fc.oneof(arithmetic, text(one(...COMPARISONS), ' bool'))),
      text(one('-', '+'), tie('scalar')),
      text('(', tie('scalar'), ')'),
      ...calls('scalar'),
    ),
    'range vector': fc.oneof(
      shallow,
      text(SELECTOR, '[', one(...DURATIONS), ']', WHEN),
      text('(', tie('instant vector'), ')[', one(...DURATIONS), ':', one(...STEPS), ']', WHEN),
    ),
    'instant vector': fc.oneof(
      shallow,
      text(SELECTOR, WHEN),
      { arbitrary: fc.oneof(...calls('instant vector')), weight: 4 },
      { arbitrary: fc.oneof(...aggregations), weight: 3 },
      binary(
        'instant vector',
        'instant vector',
        text(fc.oneof(arithmetic, comparison), optional(MATCHING)),
      ),
      binary('instant vector', 'instant vector', one(...SETS)),
      binary('scalar', 'instant vector', fc.oneof(arithmetic, comparison)),
      binary('instant vector', 'scalar', fc.oneof(arithmetic, comparison)),
      text('(', tie('instant vector'), ')'),
      text(one('-', '+'), tie('instant vector')),
    ),
  };
})['instant vector'];

const PLACE = fc.double({ min: 0, max: 1, noNaN: true });
const CHANGE = fc.record({
  from: PLACE,
  length: fc.constantFrom(0, 0, 1, 2, 10, 100),
  put: fc.oneof(
    one('', ...TOKENS),
    one(...NUMBERS, ...DURATIONS, ...WRONG),
    fc.string({ unit: 'binary' }),
  ),
  times: fc.constantFrom(1, 1, 1, 2, 300),
});

/** One that was changed in places. */
export const CHANGED: fc.Arbitrary<string> = fc
  .tuple(EXPRESSION, fc.array(CHANGE, { minLength: 1, maxLength: 4 }))
  .map(([expression, changes]) =>
    changes.reduce((changed, { from, length, put, times }) => {
      const at = Math.floor(from * changed.length);
      return changed.slice(0, at) + put.repeat(times) + changed.slice(at + length);
    }, expression),
  );

/** Tokens in any order, and any text at all: characters, and bytes read as UTF-8. */
export const NOISE: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(one(...TOKENS, ...NAMES, ...NUMBERS, ...OPERATORS.keys()), { maxLength: 20 })
    .map((tokens) => tokens.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString()),
);
