import { QueryLimitError } from '../query-limit.ts';
import { Pattern } from './pattern.ts';
import { PatternError, type PatternPlace } from './pattern-errors.ts';
import { patternSize } from './pattern-size.ts';

/** What each pattern takes besides, in states. */
const PATTERN_STATES_EACH = 16;
/** States of all patterns of an expression, as `patternSize` has them: compiling them takes a quarter of a second. */
export const PATTERN_STATES_MAX = 32_768;
/** What all texts together may take: two seconds or so. A step is one state that one character is compared with. */
export const PATTERN_STEPS_MAX = 50_000_000;
/** What one text may take, between two looks at whether the query was given up: less than a second. */
export const TEXT_STEPS_MAX = 10_000_000;

/** Such as a matcher. */
export interface PatternOwner {
  readonly value: string;
}

const PATTERNS = new WeakMap<PatternOwner, Pattern>();

/** The pattern of an owner: as it was compiled when his expression was read, or in a room of its own. @throws AnswerError bad_data */
export function patternOf(owner: PatternOwner): Pattern {
  return PATTERNS.get(owner) ?? new PatternRoom().add(owner);
}

/** The patterns of one expression, each compiled once, and what they may take together. */
export class PatternRoom {
  readonly #patterns = new Map<string, Pattern>();
  #states = 0;
  #steps = 0;

  /**
   * The pattern that somebody has for his value; `patternOf` finds it again.
   * @throws AnswerError bad_data: it is not RE2, or has too many states
   */
  add(owner: PatternOwner, place: PatternPlace = {}): Pattern {
    const pattern = this.#patterns.get(owner.value) ?? new Pattern(owner.value, this, place);
    this.#patterns.set(owner.value, pattern);
    PATTERNS.set(owner, pattern);
    return pattern;
  }

  /** Takes the states of a pattern before it is compiled. @throws AnswerError bad_data */
  takeStates(source: string, place: PatternPlace): void {
    this.#states += PATTERN_STATES_EACH + patternSize(source);
    if (this.#states <= PATTERN_STATES_MAX) return;
    throw new PatternError(
      source,
      `is too large a pattern: those of an expression may have ${PATTERN_STATES_MAX} states together, repetitions written out`,
      place,
    );
  }

  /** Takes what comparing a text takes, or part of it. @throws AnswerError limit */
  takeSteps(steps: number): void {
    this.#steps += steps;
    if (steps <= TEXT_STEPS_MAX && this.#steps <= PATTERN_STEPS_MAX) return;
    throw new QueryLimitError(
      'pattern_steps',
      `the patterns of the expression take more than ${steps > TEXT_STEPS_MAX ? `${TEXT_STEPS_MAX} steps for one text` : `${PATTERN_STEPS_MAX} steps`}: repeat less in them`,
    );
  }
}
