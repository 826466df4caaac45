/** Records of rejected lines, for the door to make messages of. */
import { actual, expected, failureCode, subjectEnd, subjectStart } from './failure';
import { inputAt } from './input';
import { ERROR_ACTUAL, ERROR_BYTES, ERROR_CODE, ERROR_END, ERROR_EXPECTED, ERROR_LINE, ERROR_START, ERROR_SUBJECT_END, ERROR_SUBJECT_START, ERRORS_MAX } from './layout';

export const errorsAt: usize = memory.data(ERRORS_MAX * ERROR_BYTES, 8);
export let errorCount: u32 = 0;
let errorsMax: u32 = 0;

/** @param most records that the door wants; lines rejected beyond are only counted */
export function clearErrors(most: u32): void {
  errorCount = 0;
  errorsMax = min(most, ERRORS_MAX);
}

/** Records the failure of the line from `start` to `end`. */
export function recordError(line: u32, start: usize, end: usize): void {
  if (errorCount == errorsMax) return;
  const record = errorsAt + errorCount++ * ERROR_BYTES;
  store<u32>(record, line, ERROR_LINE);
  store<u32>(record, failureCode, ERROR_CODE);
  store<u32>(record, <u32>(start - inputAt), ERROR_START);
  store<u32>(record, <u32>(end - inputAt), ERROR_END);
  // A failure without a subject of its own is the line's.
  const hasSubject = subjectStart != 0;
  store<u32>(record, <u32>((hasSubject ? subjectStart : start) - inputAt), ERROR_SUBJECT_START);
  store<u32>(record, <u32>((hasSubject ? subjectEnd : start) - inputAt), ERROR_SUBJECT_END);
  store<u32>(record, expected, ERROR_EXPECTED);
  store<u32>(record, actual, ERROR_ACTUAL);
}
