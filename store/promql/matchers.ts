import { AnswerError, type TextPosition } from '@overseer/shared';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Matcher } from './series-source.ts';
import { cutShort } from './syntax/syntax-errors.ts';

export type { Matcher };

/** The label that is a series' metric. */
export const METRIC_NAME = '__name__';

/**
 * The program of a matcher's pattern: RE2, linear in the text, anchored at both ends, with a dot that also stands for a line's end,
 * as in Prometheus 3. For `matches`.
 * @throws AnswerError bad_data: not RE2
 */
export function compilePattern(pattern: string, position?: TextPosition): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (cause) {
    const reason = cause instanceof RE2JSSyntaxException ? cause.getDescription() : String(cause);
    throw new AnswerError(
      'bad_data',
      `${JSON.stringify(cutShort(pattern))} is no RE2 pattern: ${reason}`,
      {
        position,
        cause,
      },
    );
  }
}

/** Whether a series without the label fits. */
export function matchesEmpty({ op, value }: Matcher, position?: TextPosition): boolean {
  switch (op) {
    case '=':
      return value === '';
    case '!=':
      return value !== '';
    case '=~':
      return compilePattern(value, position).matches('');
    case '!~':
      return !compilePattern(value, position).matches('');
  }
}
