import { describe, expect, test } from 'bun:test';
import { AnswerError, type AnswerErrorKind } from '@overseer/shared';
import { SamplesAlone } from '../testing/samples-alone.ts';
import { evaluateInstant, evaluateRange } from './evaluation.ts';
import { gridOf } from './step-grid.ts';
import { parseExpression } from './syntax/parser.ts';
import { EXPRESSION_CHARACTERS_MAX } from './syntax/syntax-tree.ts';
import { at, every, optionsFor, unboundedBudget, valueAt } from './testing/mod.ts';

/** Questions that would take for ever, or all memory, if nobody said no. */

const SERIES = 2000;
const HELD_MAX = 10_000_000;
const MANY = Array.from({ length: SERIES }, (_, i) =>
  every(10, { __name__: 'cpu', host: `${i.toString(2).padStart(12, '0').padStart(199, '01')}x` }, [
    i,
  ]),
);

async function kindOf(work: () => Promise<unknown> | unknown): Promise<AnswerErrorKind | 'ok'> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof AnswerError) return error.kind;
    throw error;
  }
}

/** With a budget such as a store has. */
function bounded() {
  const budget = unboundedBudget();
  return optionsFor(MANY, {
    budget: {
      signal: budget.signal,
      spend: (samples: number, bytes: number) => budget.spend(samples, bytes),
      hold(values: number) {
        budget.hold(values);
        if (budget.held > HELD_MAX) throw new AnswerError('limit', `${budget.held} are held`);
      },
    },
  });
}

const evaluated = (text: string) =>
  kindOf(() => evaluateInstant(parseExpression(text), 10_000, bounded()));

const repeated = (text: string) => text.repeat(Math.floor(EXPRESSION_CHARACTERS_MAX / text.length));

describe('hostile texts', () => {
  const texts: [name: string, text: string][] = [
    ['parentheses', `${'('.repeat(30_000)}a${')'.repeat(30_000)}`],
    ['signs', `${'-'.repeat(60_000)}a`],
    ['calls', `${'abs('.repeat(10_000)}a${')'.repeat(10_000)}`],
    ['aggregations', `${'sum('.repeat(10_000)}a${')'.repeat(10_000)}`],
    ['subqueries', `a${'[5m:1m]'.repeat(9000)}`],
    ['closed subqueries', `${'('.repeat(3000)}a${'[5m:1m])'.repeat(3000)}`],
    ['offsets', `a${' offset 1m'.repeat(6000)}`],
    ['10,000 operators', `a${' + a'.repeat(10_000)}`],
    ['powers', `2${'^2'.repeat(10_000)}`],
    ['comparisons', `a${' > bool a'.repeat(7000)}`],
    ['brackets', repeated('[')],
    ['braces', repeated('{')],
    ['quotes', `"${repeated("'").slice(2)}`],
    ['keywords', repeated(' and ')],
    ['names in braces', `{${repeated('"a",').slice(4)}}`],
    ['bytes that are no text', `a{b="${'\\xff'.repeat(10_000)}"}`],
    ['half of a character', 'a{b="\\ud83d"}'],
    ['a nul', 'a\u0000'],
    ['a text that is too long', 'a'.repeat(EXPRESSION_CHARACTERS_MAX + 1)],
    ['a pattern of many states', 'a{b=~"(x{1000}){1000}"}'],
    [
      'thousands of patterns',
      `{a="b",${Array.from({ length: 4000 }, (_, i) => `a=~"x?${i}"`).join()}}`,
    ],
    ['a pattern that is deep', `a{b=~"${'('.repeat(30_000)}${')'.repeat(30_000)}"}`],
  ];
  test.each(texts)('%s - are refused with a short message and a place', (_, text) => {
    const error = (() => {
      try {
        return parseExpression(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(AnswerError);
    expect(error).toMatchObject({ kind: 'bad_data', position: { line: 1 } });
    expect((error as AnswerError).message.length).toBeLessThan(300);
  });

  const large: [name: string, text: string][] = [
    ['matchers', `{a="b",${'c!="x",'.repeat(9000)}}`],
    ['labels to group by', `sum by (${repeated('a,').slice(20)}) (a)`],
    ['digits', repeated('9')],
    ['comments', `${repeated('#\n').slice(20)}a`],
    ['a list of hosts', `a{b=~"${Array.from({ length: 8000 }, (_, i) => `h${i}`).join('|')}"}`],
    ['a value', `a{b="${'é'.repeat(60_000)}"}`],
  ];
  test.each(large)('many %s - are an expression', (_, text) => {
    expect(() => parseExpression(text)).not.toThrow();
  });
});

describe('hostile steps', () => {
  test('billions of steps - are refused', async () => {
    expect(await kindOf(() => gridOf({ startMs: 0, endMs: 4e12, stepMs: 1 }))).toBe('bad_data');
    for (const text of [
      'max_over_time(vector(1)[100y:1ms])',
      'max_over_time(sum(cpu)[290y:1s])',
      'sum(max_over_time(max_over_time(max_over_time(cpu[9d:1s])[9d:1s])[9d:1s]))',
    ]) {
      expect(await evaluated(text)).toBe('limit');
    }
  });

  /** Of as many values as no limit forbids: what is held of them at once is little. */
  test('hundreds of millions of steps - let their thread do something else, and end when they are given up', async () => {
    const options = bounded();
    const source = new SamplesAlone(options.source);
    for (const text of [
      'sum(max_over_time(cpu[1d:1s]))',
      'quantile_over_time(0.5, cpu[1d:1s])',
      'max_over_time((sum(cpu) + count(cpu > 0))[1d:100ms])',
    ]) {
      const reason = new AnswerError('canceled', 'nobody listens');
      const canceling = new AbortController();
      let ticks = 0;
      const ticking = setInterval(() => {
        if (++ticks === 3) canceling.abort(reason);
      }, 1);
      const budget = { ...options.budget, signal: canceling.signal };
      // Every step has a value.
      const alike = { ...options, source, budget, lookbackMs: 2 * 86_400_000 };
      const ended = await evaluateInstant(parseExpression(text), 86_400_000, alike).catch(
        (error: unknown) => error,
      );
      clearInterval(ticking);
      expect(ended).toBe(reason);
    }
  });

  test('times at the ends of all times - have no samples', async () => {
    for (const text of ['cpu offset 292y', 'cpu offset -292y', 'cpu @ 9.2e15', 'cpu @ -9.2e15']) {
      expect(await at(text, 0, MANY)).toEqual({});
      expect(await at(`rate((${text})[292y:100y])`, 0, MANY)).toEqual({});
    }
    const grid = gridOf({ startMs: -9_223_372_036_854, endMs: 9_223_372_036_854, stepMs: 1e10 });
    const steps = evaluateRange(parseExpression('cpu offset 290y'), grid, bounded());
    for await (const part of steps) expect(part).toBeEmpty();
  });
});

describe('hostile labels', () => {
  test('a pattern that takes long for each of many texts - ends by its steps', async () => {
    const slow = (pattern: string) => `label_replace(cpu, "a", "$1", "host", "${pattern}")`;
    expect(await evaluated(slow('(.*){1000}x'))).toBe('limit');
    expect(await evaluated(slow('((0|1)*1(0|1){60})*x'))).toBe('limit');
    expect(await evaluated(`sum(${slow('(.*)x')})`)).toBe('ok');
  });

  test('labels that double with each function - are refused when they are too long', async () => {
    const nested = (before: string, behind: string, depth: number) =>
      `sum(${before.repeat(depth)}cpu${behind.repeat(depth)})`;
    const join = ['label_join(', ', "host", "", "host", "host")'] as const;
    const replace = ['label_replace(', ', "host", "$1$1", "host", "(.*)")'] as const;
    for (const [before, behind] of [join, replace]) {
      expect(await evaluated(nested(before, behind, 2))).toBe('ok');
      expect(await evaluated(nested(before, behind, 60))).toBe('limit');
    }
    const template = '$1'.repeat(20_000);
    expect(await evaluated(`label_replace(cpu, "a", "${template}", "host", "(.*)")`)).toBe('limit');
  });
});

test('a plus - makes no selector of what is behind it', async () => {
  const series = [every(10, { __name__: 'cpu' }, [5, 6])];
  expect(await valueAt('timestamp(cpu)', 25, series)).toBe(10);
  expect(await valueAt('timestamp(+cpu)', 25, series)).toBe(25);
  expect(await at('absent(none{a="b"})', 25, series)).toEqual({ '[["a","b"]]': 1 });
  expect(await at('absent(+none{a="b"})', 25, series)).toEqual({ '[]': 1 });
  expect(Object.keys(await at('+cpu', 25, series))).toEqual(['[["__name__","cpu"]]']);
});
