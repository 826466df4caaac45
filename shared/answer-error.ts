/** What is wrong with a question, or with its answer: the same in every service. */

/** What went wrong, for a program: the same words in every service. */
export type AnswerErrorKind =
  /** The question can't be understood: an expression that does not parse, a parameter out of range. */
  | 'bad_data'
  /** Understood, and not supported. */
  | 'unsupported'
  /** Understood, but these data have no answer: such as two series with identical labels. */
  | 'execution'
  /** Larger than a limit; the message names it. */
  | 'limit'
  | 'timeout'
  | 'canceled'
  /** Nobody answers, or an answer broke off: ask again. */
  | 'unavailable'
  /** A bug of the answerer; its log has the details. */
  | 'internal';

/** Where in an expression; line and column from 1, offset from 0, all in characters (UTF-16 units). */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export class AnswerError extends Error {
  override name = 'AnswerError';

  constructor(
    readonly kind: AnswerErrorKind,
    message: string,
    options: { readonly position?: TextPosition | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.position = options.position;
  }

  readonly position: TextPosition | undefined;
}
