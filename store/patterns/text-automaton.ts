import type { PatternState, PatternStates } from './pattern-states.ts';

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

/**
 * A pattern as a table of states by bytes, for texts of ASCII, laid out in one stretch of memory: a nanosecond or two a byte instead of
 * some hundred a text. The states are re2js's own, taken as they are needed; so is what they mean.
 *
 *     row of a state   0 ... 127          128           129 ... 255
 *                      ├ next, by byte ───┼ next, at end ┼ unused ┤      -1: not asked for yet
 */
export class TextAutomaton {
  /** By their number here. */
  readonly #states: (PatternState | undefined)[] = [undefined, undefined];
  readonly #numbers = new Map<PatternState, number>();
  #table = new Int16Array(16 * ROW).fill(NOT_MADE);

  constructor(private readonly states: PatternStates) {
    const start = states.start();
    if (start) this.#numberOf(start);
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
  #make(number: number, byte: number): number {
    const state = this.#states[number];
    const isEnd = byte === END;
    const next = state && (isEnd ? this.states.end(state) : this.states.next(state, byte));
    if (!next) return NOT_MADE;
    let made: number;
    if (isEnd) made = next.isMatch ? MATCH : DEAD;
    else if (next.nfaStates.length === 0) made = DEAD;
    else made = this.#numberOf(next);
    this.#table[number * ROW + byte] = made;
    return made;
  }

  #numberOf(state: PatternState): number {
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
