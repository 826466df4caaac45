import { type RE2JS, RE2Set } from 're2js';

/** What re2js calls the end of the text. */
const END_OF_TEXT = -1;
/** What re2js asks of a text when it begins: where it is, in its own bits. */
const BEGIN_OF_TEXT = { context: () => 4 };
/** A state is made by following each of those that it is made of, which takes longer than to compare one with a character. */
const STEPS_PER_PART = 4;

/** A state of re2js's automaton. */
export interface PatternState {
  readonly isMatch: boolean;
  /** Those of the pattern that it is made of; none: nothing that follows can match. */
  readonly nfaStates: readonly unknown[];
  /** By class of character, as far as they were asked for. */
  readonly nextAnchored: readonly (PatternState | null)[] | null;
}

/** The states of a pattern of which a text is in one at a time: re2js's own, made as they are needed, and paid for when they are made. */
export class PatternStates {
  readonly #automaton: RE2JS['re2Input']['dfa'];

  private constructor(
    program: RE2JS,
    private readonly pay: (steps: number) => void,
  ) {
    this.#automaton = program.re2Input.dfa;
  }

  /** @returns undefined when re2js has no automaton for the pattern */
  static of(program: RE2JS, pay: (steps: number) => void): PatternStates | undefined {
    const states = new PatternStates(program, pay);
    return states.#automaton.failed || !states.start() ? undefined : states;
  }

  /** At the beginning of a text. */
  start(): PatternState | null {
    return this.#automaton.start(BEGIN_OF_TEXT, 0);
  }

  /** @returns null: there is no memory for it; @throws AnswerError limit */
  next(state: PatternState, rune: number): PatternState | null {
    return this.#step(state, this.#automaton.runeClass(rune), rune);
  }

  /** Its `isMatch` says whether a text that ends in the state matches. */
  end(state: PatternState): PatternState | null {
    return this.#step(state, this.#automaton.numClasses, END_OF_TEXT);
  }

  /** Frees the memory of all states; those that somebody still has can be followed. */
  clear(): void {
    this.#automaton.clearCache();
  }

  #step(state: PatternState, of: number, rune: number): PatternState | null {
    const known = state.nextAnchored?.[of];
    if (known) return known;
    const next = this.#automaton.step(state, of, rune, RE2Set.ANCHOR_BOTH);
    if (next) this.pay(STEPS_PER_PART * (1 + state.nfaStates.length + next.nfaStates.length));
    return next;
  }
}
