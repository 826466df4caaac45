/** Where a statement ends, whatever is wrong with it. */
import { BACKSLASH, EQUALS, NEWLINE, QUOTE } from './bytes';
import { closingQuote, keyEnd, newlineOrEnd } from './scan';

export const STATEMENT_ENDS: i32 = 0;
/** It doesn't end before the piece does. */
export const STATEMENT_CUT: i32 = 1;
/** It is longer than allowed. */
export const STATEMENT_TOO_LONG: i32 = 2;
/** It has a quote that nothing closes, as far as a statement may reach. */
export const STATEMENT_UNTERMINATED: i32 = 3;

/** With STATEMENT_ENDS: the newline that ends the statement, or the end of the body. */
export let statementStop: usize = 0;

/**
 * An unterminated string costs one line, and is searched as far as a statement may reach: all that again for each of many such
 * lines would take hours. But once a line ends within a string, nothing before it matters. The search behind an unterminated
 * statement was within a string at every newline up to here; each later one that is so too goes on from here. 0: there was none.
 */
export let openUntil: usize = 0;

/** Another piece of input is there. */
export function forgetOpenStrings(): void {
  openUntil = 0;
}

/**
 * Finds the end of the statement at `start` by its quotes alone: a string starts with a quote after an unescaped equals sign behind
 * the series key, and may hold newlines. So an error before a string doesn't make a line of what stands in the string. What counts
 * is the longest line and the one byte that must be its newline: nothing behind them tells anything, or the outcome would depend on
 * where pieces end.
 * @param end of the input
 * @param last whether the body ends there
 */
export function findStatementEnd(start: usize, end: usize, last: bool, lineBytesMax: u32): i32 {
  const reach = start + lineBytesMax;
  const stop = min(end, reach + 1);
  const joinAt = start < openUntil ? newlineOrEnd(start, stop) : stop;
  let at = keyEnd(start);
  while (at < stop && load<u8>(at) != NEWLINE) {
    if (!opensString(at) || at + 1 == stop) {
      at++;
      continue;
    }
    at = closingQuote(at + 2, joinAt);
    if (at >= joinAt) at = closingQuote(max(at, openUntil), stop);
    if (at >= stop) {
      if (stop <= reach && !last) return STATEMENT_CUT;
      openUntil = at;
      return STATEMENT_UNTERMINATED;
    }
    at++;
  }
  if (at > reach) return STATEMENT_TOO_LONG;
  if (at == end && !last) return STATEMENT_CUT;
  statementStop = at;
  return STATEMENT_ENDS;
}

// @ts-ignore: decorator
@inline
function opensString(at: usize): bool {
  return load<u8>(at) == EQUALS && load<u8>(at, 1) == QUOTE && load<u8>(at - 1) != BACKSLASH;
}
