import type { AnswerErrorKind, TextPosition } from '@overseer/shared/answer-error';
import type { ReadonlySignal } from '@preact/signals';
import type { SeriesColumns, SeriesRow } from './series-columns.ts';

/** What an expression has come to so far; components follow its signals. */
export interface QueryResult {
  readonly expr: string;
  readonly columns: SeriesColumns;
  /** Grows with each change of the columns. */
  readonly revision: ReadonlySignal<number>;
  /** The series of the columns; another array when they are others. */
  readonly rows: ReadonlySignal<readonly SeriesRow[]>;
  /** There is something to be seen. */
  readonly hasValues: ReadonlySignal<boolean>;
  /** Series that there would be, but that are too many. */
  readonly omittedCount: ReadonlySignal<number>;
  /** The first points came, or the news that there are none. */
  readonly hasArrived: ReadonlySignal<boolean>;
  /** Why it is not up to date; what it has stays. */
  readonly failure: ReadonlySignal<QueryFailure | undefined>;
  /** Of the answer, for people. */
  readonly warnings: ReadonlySignal<readonly string[]>;
}

export interface QueryFailure {
  readonly error: AnswerErrorKind;
  readonly message: string;
  readonly position?: TextPosition;
  /** It will be tried again without being asked. */
  readonly retrying: boolean;
}
