import { RE2JS, RE2JSSyntaxException } from 're2js';
import { type Glob, globMatches, parseGlobs } from './glob.ts';
import { PatternError, type PatternPlace } from './pattern-errors.ts';
import type { PatternRoom } from './pattern-room.ts';
import { PatternStates } from './pattern-states.ts';
import { TextAutomaton } from './text-automaton.ts';

/** Of larger programs re2js follows all states at once, which takes three times as long as to go back where one leads nowhere. */
const BACKTRACKED_STATES_MAX = 500;
const STEPS_WITHOUT_BACKTRACKING = 3;
/** With more alternatives the automaton, which tries all at once, is faster. */
const GLOBS_MAX = 8;

/**
 * A pattern as in Prometheus 3: RE2, it must match all of a text, and a dot stands for a line's end too. All that comparing takes is in
 * proportion to pattern times text at the most, and counts against its room.
 */
export class Pattern {
  /** Exactly these match, where it is a list of texts. */
  readonly texts: ReadonlySet<string> | undefined;
  readonly #globs: readonly Glob[] | undefined;
  #program: RE2JS | undefined;
  #states: PatternStates | undefined;

  /** By `PatternRoom.pattern`. @throws AnswerError bad_data */
  constructor(
    private readonly source: string,
    private readonly room: PatternRoom,
    place: PatternPlace,
  ) {
    const globs = parseGlobs(source);
    const isList = globs?.every(({ gaps }) => gaps.length === 0);
    this.texts = isList ? new Set(globs?.map(({ texts }) => texts.join(''))) : undefined;
    this.#globs = !isList && globs && globs.length <= GLOBS_MAX ? globs : undefined;
    if (!globs) this.#compiled(place);
  }

  /** @throws AnswerError limit */
  matches(text: string): boolean {
    if (this.texts) return this.texts.has(text);
    if (this.#globs) return this.#globs.some((glob) => globMatches(glob, text));
    this.#states ??= PatternStates.of(this.#compiled(), this.#pay);
    if (!this.#states) return this.#captured(text) !== undefined;
    for (;;) {
      const matches = matchesStates(this.#states, text);
      if (matches !== undefined) return matches;
      // What was made for other texts goes; this one begins again.
      this.#states.clear();
    }
  }

  /** The same for the empty text, for which it does not pay to make an automaton. @throws AnswerError limit */
  matchesEmpty(): boolean {
    return this.texts || this.#globs ? this.matches('') : this.#captured('') !== undefined;
  }

  /** What fits its groups, for a text that fits. @throws AnswerError limit */
  captures(text: string): Captures | undefined {
    return this.matches(text) ? this.#captured(text) : undefined;
  }

  /** The same as `matches`, faster where there are very many texts; undefined when there is none. */
  automaton(): TextAutomaton | undefined {
    const states = PatternStates.of(this.#compiled(), this.#pay);
    return states && new TextAutomaton(states);
  }

  #captured(text: string): Captures | undefined {
    const program = this.#compiled();
    const states = program.programSize();
    const steps = states > BACKTRACKED_STATES_MAX ? STEPS_WITHOUT_BACKTRACKING : 1;
    this.room.takeSteps(steps * states * (text.length + 1));
    const matcher = program.matcher(text);
    if (!matcher.matches()) return undefined;
    const names = program.namedGroups();
    return (name) => {
      const isNumber = /^(?:0|[1-9]\d*)$/.test(name);
      const group = isNumber ? Number(name) : Number(names[name] ?? Number.NaN);
      return group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
    };
  }

  #compiled(place: PatternPlace = {}): RE2JS {
    this.#program ??= compile(this.source, this.room, place);
    return this.#program;
  }

  readonly #pay = (steps: number) => this.room.takeSteps(steps);
}

/** What fits a group, by its number or name; empty where nothing does. */
export type Captures = (group: string) => string;

function compile(source: string, room: PatternRoom, place: PatternPlace): RE2JS {
  room.takeStates(source, place);
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (cause) {
    const reason = cause instanceof RE2JSSyntaxException ? cause.getDescription() : String(cause);
    throw new PatternError(source, `is no RE2 pattern: ${reason}`, { ...place, cause });
  }
}

/** Undefined: there is no memory for the states. */
function matchesStates(states: PatternStates, text: string): boolean | undefined {
  let state = states.start();
  for (let at = 0; state && at < text.length; ) {
    if (state.nfaStates.length === 0) return false;
    const rune = text.codePointAt(at) as number;
    state = states.next(state, rune);
    at += rune > 0xffff ? 2 : 1;
  }
  return (state && states.end(state))?.isMatch;
}
