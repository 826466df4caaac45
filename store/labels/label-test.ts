import { AnswerError } from '@overseer/shared';
import { compilePattern } from '../promql/matchers.ts';
import type { Matcher } from '../promql/series-source.ts';
import { globMatches, parseGlobs } from './glob.ts';
import { TextAutomaton } from './text-automaton.ts';

/** Enough for an alternation of some thousand hosts; compiling takes time and memory in proportion. */
const PATTERN_CHARS_MAX = 64 * 1024;
/** With more alternatives the general matcher, which tries all at once, is faster. */
const GLOBS_MAX = 8;

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

/** @throws AnswerError bad_data: the pattern is not RE2, in RE2's words; limit: it is too long */
export function labelTest({ name, op, value }: Matcher): LabelTest {
  const isNegated = op === '!=' || op === '!~';
  const { matches, values, isAllBut, automaton } =
    op === '=' || op === '!=' ? literally([value]) : compile(name, value);
  return {
    name,
    values,
    isNegated: isNegated !== isAllBut,
    passes: isNegated ? (text) => !matches(text) : matches,
    automaton,
    key: `${op}${value}`,
  };
}

interface Pattern {
  readonly matches: (text: string) => boolean;
  /** Exactly these match, or all but these. */
  readonly values: ReadonlySet<string> | undefined;
  readonly isAllBut: boolean;
  readonly automaton: () => TextAutomaton | undefined;
}

const noAutomaton = () => undefined;

function literally(texts: readonly string[]): Pattern {
  const values = new Set(texts);
  return { values, isAllBut: false, matches: (text) => values.has(text), automaton: noAutomaton };
}

function allBut(texts: readonly string[]): Pattern {
  const values = new Set(texts);
  return { values, isAllBut: true, matches: (text) => !values.has(text), automaton: noAutomaton };
}

function ofMany(matches: Pattern['matches'], automaton: Pattern['automaton']): Pattern {
  return { values: undefined, isAllBut: false, matches, automaton };
}

/** As in Prometheus: the pattern must match all of the value, and a dot matches a newline too. */
function compile(name: string, pattern: string): Pattern {
  if (pattern.length > PATTERN_CHARS_MAX) {
    throw new AnswerError(
      'limit',
      `the pattern for ${name} has ${pattern.length} characters, more than ${PATTERN_CHARS_MAX}`,
    );
  }
  if (pattern === '.*') return allBut([]);
  if (pattern === '.+') return allBut(['']);
  const globs = parseGlobs(pattern);
  if (globs?.every((glob) => glob.gaps.length === 0)) {
    return literally(globs.map((glob) => glob.texts.join('')));
  }
  if (globs && globs.length <= GLOBS_MAX) {
    return ofMany(
      (text) => globs.some((glob) => globMatches(glob, text)),
      () => TextAutomaton.of(compilePattern(pattern)),
    );
  }
  const compiled = compilePattern(pattern);
  return ofMany(
    (text) => compiled.testExact(text),
    () => TextAutomaton.of(compiled),
  );
}
