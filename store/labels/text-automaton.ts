import { type RE2JS, RE2Set } from 're2js';

/** Bytes of ASCII; behind them in a row, what the end of the text leads to. */
const END = 128;
const ROW = 256;
const NOT_MADE = -1;
/** Nothing that follows can match any more. */
const DEAD = 0;
const MATCH = 1;
const START = 2;
/** A pattern that needs more is left to the general matcher. */
const STATES_MAX = 1024;
/** What re2js calls the end of the text. */
const END_OF_TEXT = -1;
/** What re2js asks of a text when it begins: where it is, in its own bits. */
const BEGIN_OF_TEXT = { context: () => 4 };

type Automaton = RE2JS['re2Input']['dfa'];

/**
 * A pattern as a table of states by bytes, for texts of ASCII, laid out in one stretch of memory: a nanosecond or two a byte instead of
 * some hundred a text. The states are re2js's own, taken as they are needed; so is what they mean.
 *
 *     row of a state   0 ... 127          128           129 ... 255
 *                      ├ next, by byte ───┼ next, at end ┼ unused ┤      -1: not asked for yet
 */
export class TextAutomaton {
  readonly #automaton: Automaton;
  /** States of re2js by their number here. */
  readonly #states: unknown[] = [undefined, undefined];
  readonly #numbers = new Map<unknown, number>();
  #table = new Int16Array(16 * ROW).fill(NOT_MADE);

  private constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  /** @returns undefined when re2js has no automaton for the pattern */
  static of(pattern: RE2JS): TextAutomaton | undefined {
    const { dfa } = pattern.re2Input;
    const start: unknown = dfa.failed ? null : dfa.start(BEGIN_OF_TEXT, 0);
    if (start === null) return undefined;
    const automaton = new TextAutomaton(dfa);
    automaton.#numberOf(start);
    return automaton;
  }

  /** Whether all of the text matches that lies in these bytes; undefined when it takes too many states to tell. */
  matches(bytes: Uint8Array, from: number, to: number): boolean | undefined {
    let table = this.#table;
    let state = START;
    for (let at = from; at < to; at++) {
      let next = table[state * ROW + (bytes[at] as number)] as number;
      if (next === NOT_MADE) {
        next = this.#make(state, bytes[at] as number);
        if (next === NOT_MADE) return undefined;
        table = this.#table;
      }
      if (next === DEAD) return false;
      state = next;
    }
    let end = table[state * ROW + END] as number;
    if (end === NOT_MADE) end = this.#make(state, END);
    return end === NOT_MADE ? undefined : end === MATCH;
  }

  /** Follows one step, and keeps it. */
  #make(state: number, byte: number): number {
    const automaton = this.#automaton;
    const isEnd = byte === END;
    const next: { isMatch: boolean; nfaStates: readonly unknown[] } | null = automaton.step(
      this.#states[state],
      isEnd ? automaton.numClasses : automaton.runeClass(byte),
      isEnd ? END_OF_TEXT : byte,
      RE2Set.ANCHOR_BOTH,
    );
    if (next === null) return NOT_MADE;
    let number: number;
    if (isEnd) number = next.isMatch ? MATCH : DEAD;
    else if (next.nfaStates.length === 0) number = DEAD;
    else number = this.#numberOf(next);
    this.#table[state * ROW + byte] = number;
    return number;
  }

  #numberOf(state: unknown): number {
    const known = this.#numbers.get(state);
    if (known !== undefined) return known;
    if (this.#states.length === STATES_MAX) return NOT_MADE;
    const number = this.#states.push(state) - 1;
    this.#numbers.set(state, number);
    if (this.#states.length * ROW > this.#table.length) {
      const larger = new Int16Array(2 * this.#table.length).fill(NOT_MADE);
      larger.set(this.#table);
      this.#table = larger;
    }
    return number;
  }
}
