import { describe, expect, test } from 'bun:test';
import type { VariableSpec } from '../../model/dashboard-spec.ts';
import { type Choice, effectiveChoice, substitute } from './substitution.ts';

const of = (...values: string[]): Choice => ({ name: 'host', isAll: false, values });
/** Before a brace it begins a placeholder of ours. */
const DOLLAR = '$';
const ALL: Choice = { name: 'host', isAll: true, values: [] };

describe('variables in expressions', () => {
  const cases: [what: string, expr: string, choice: Choice, expected: string][] = [
    ['one value', 'm{h=~"$host"}', of('a'), 'm{h=~"a"}'],
    ['several values', 'm{h=~"$host"}', of('a', 'b'), 'm{h=~"(?:a|b)"}'],
    ['all values', 'm{h=~"$host"}', ALL, 'm{h=~".*"}'],
    ['characters of patterns', 'm{h=~"$host"}', of('a.b|c'), String.raw`m{h=~"a\\.b\\|c"}`],
    ['quotes and backslashes', 'm{h=~"$host"}', of('"\\'), String.raw`m{h=~"\"\\\\"}`],
    ['apostrophes', "m{h=~'$host'}", of("it's"), String.raw`m{h=~'it\'s'}`],
    ['backticks', 'm{h=~`$host`}', of('a.b'), 'm{h=~`a\\.b`}'],
    ['a backtick between backticks', 'm{h=~`$host`}', of('`'), 'm{h=~"`"}'],
    ['a line break', 'm{h=~"$host"}', of('a\nb'), String.raw`m{h=~"a\nb"}`],
    ['braces', `m{h=~"${DOLLAR}{host}s"}`, of('a', 'b'), 'm{h=~"(?:a|b)s"}'],
    ['an equality', 'm{h="$host"}', of('a.b'), 'm{h="a.b"}'],
    ['an equality of several', 'm{h="$host:9.1"}', of('a', 'b'), String.raw`m{h=~"(?:a|b):9\\.1"}`],
    ['an inequality of all', 'm{h!= "$host"}', ALL, 'm{h!~ ".*"}'],
    [
      'a string that compares nothing',
      'label_replace(m, "x", "$host")',
      of('a'),
      'label_replace(m, "x", "a")',
    ],
    [
      'another name',
      `m{h=~"$hosts|${DOLLAR}{other}$"}`,
      of('a'),
      `m{h=~"$hosts|${DOLLAR}{other}$"}`,
    ],
    ['outside of strings', 'm[$host]', of('a'), 'm[$host]'],
    [
      'a value that looks like a variable',
      'm{h=~"$host"}',
      of('$host'),
      String.raw`m{h=~"\\$host"}`,
    ],
    ['nothing chosen', 'm{h=~"$host"}', of(), 'm{h=~""}'],
  ];
  for (const [what, expr, choice, expected] of cases) {
    test(`${what} - as it should be`, () => {
      expect(substitute(expr, [choice])).toBe(expected);
    });
  }

  test('any value - is matched by its pattern, and nothing else is', () => {
    const values = ['a', 'a.b', 'a+b', '^', '$', 'x|y', '[z]', '\\d', '(', '{2}', '"', '`', "'"];
    for (const value of values) {
      const [, text = ''] = /=~(.*)}/.exec(substitute('m{h=~"$host"}', [of(value)])) ?? [];
      const pattern = new RegExp(`^(?:${JSON.parse(text)})$`, 'u');
      expect(values.filter((candidate) => pattern.test(candidate))).toEqual([value]);
    }
  });
});

describe('what is chosen', () => {
  const variable: VariableSpec = {
    name: 'host',
    tag: 'host',
    selector: '',
    isMulti: true,
    hasAll: false,
  };

  test('nothing yet - is all values, or the first', () => {
    expect(effectiveChoice({ ...variable, hasAll: true }, undefined, ['a'])).toEqual(ALL);
    expect(effectiveChoice(variable, undefined, ['a', 'b'])).toEqual(of('a'));
    expect(effectiveChoice(variable, undefined, undefined)).toEqual(of());
  });

  test('values that are gone - count no more', () => {
    expect(effectiveChoice(variable, ['x', 'b'], ['a', 'b'])).toEqual(of('b'));
    expect(effectiveChoice(variable, ['x'], ['a', 'b'])).toEqual(of('a'));
    expect(effectiveChoice(variable, ['x'], undefined)).toEqual(of('x'));
  });

  test('one of several - where only one may be chosen', () => {
    expect(effectiveChoice({ ...variable, isMulti: false }, ['a', 'b'], undefined)).toEqual(
      of('a'),
    );
  });
});
