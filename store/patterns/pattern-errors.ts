import { AnswerError, type TextPosition } from '@overseer/shared';

/** Longer patterns are cut in messages. */
const SHOWN_CHARACTERS_MAX = 60;

export interface PatternPlace {
  readonly position?: TextPosition | undefined;
}

/** A pattern that is not RE2, or too large. */
export class PatternError extends AnswerError {
  constructor(source: string, what: string, options: PatternPlace & { readonly cause?: unknown }) {
    const isLong = source.length > SHOWN_CHARACTERS_MAX;
    const shown = isLong ? `${source.slice(0, SHOWN_CHARACTERS_MAX)}…` : source;
    super('bad_data', `${JSON.stringify(shown)} ${what}`, options);
  }
}
