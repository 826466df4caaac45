import { patternOf } from '../patterns/pattern-room.ts';
import type { TextAutomaton } from '../patterns/text-automaton.ts';
import type { Matcher } from '../promql/series-source.ts';

/** A matcher, ready to be asked. The value of a label that a series is without is empty. */
export interface LabelTest {
  readonly name: string;
  passes(value: string): boolean;
  /** When the test is for some values alone: exactly these pass, or, negated, exactly these do not. */
  readonly values: ReadonlySet<string> | undefined;
  readonly isNegated: boolean;
  /** What matches, unless negated, faster where there are very many values; undefined when there is none. */
  automaton(): TextAutomaton | undefined;
  /** Equal for tests that do the same. */
  readonly key: string;
}

/** @throws AnswerError bad_data: the pattern is not RE2, in RE2's words, or too large */
export function labelTest(matcher: Matcher): LabelTest {
  const { name, op, value } = matcher;
  const isNegated = op === '!=' || op === '!~';
  const { matches, values, isAllBut, automaton } =
    op === '=' || op === '!=' ? literally(new Set([value])) : ofPattern(matcher);
  return {
    name,
    values,
    isNegated: isNegated !== isAllBut,
    passes: isNegated ? (text) => !matches(text) : matches,
    automaton,
    key: `${op}${value}`,
  };
}

interface ValueTest {
  readonly matches: (text: string) => boolean;
  /** Exactly these match, or all but these. */
  readonly values: ReadonlySet<string> | undefined;
  readonly isAllBut: boolean;
  readonly automaton: () => TextAutomaton | undefined;
}

const noAutomaton = () => undefined;

function literally(values: ReadonlySet<string>): ValueTest {
  return { values, isAllBut: false, matches: (text) => values.has(text), automaton: noAutomaton };
}

function allBut(...texts: readonly string[]): ValueTest {
  const values = new Set(texts);
  return { values, isAllBut: true, matches: (text) => !values.has(text), automaton: noAutomaton };
}

function ofPattern(matcher: Matcher): ValueTest {
  if (matcher.value === '.*') return allBut();
  if (matcher.value === '.+') return allBut('');
  const pattern = patternOf(matcher);
  if (pattern.texts) return literally(pattern.texts);
  return {
    values: undefined,
    isAllBut: false,
    matches: (text) => pattern.matches(text),
    automaton: () => pattern.automaton(),
  };
}
