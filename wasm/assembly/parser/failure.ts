/** What is wrong with the line at hand: recorded where it is found, written out once the line's end is known (errors.ts). */

export let failureCode: u32 = 0;
/** The name or value at fault. */
export let subjectStart: usize = 0;
export let subjectEnd: usize = 0;
/** Field types, or a limit and what exceeds it (0: unknown). */
export let expected: u32 = 0;
export let actual: u32 = 0;

/** @returns false, so that it can be the result of what failed */
export function fail(code: u32, start: usize, end: usize): bool {
  return failLimit(code, start, end, 0, 0);
}

export function failLimit(code: u32, start: usize, end: usize, limit: u32, found: u32): bool {
  failureCode = code;
  subjectStart = start;
  subjectEnd = end;
  expected = limit;
  actual = found;
  return false;
}
