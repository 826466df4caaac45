import type { TextPosition } from '@overseer/shared';
import type { PatternRoom } from '../patterns/pattern-room.ts';
import type { Matcher } from './series-source.ts';

export type { Matcher };

/** The label that is a series' metric. */
export const METRIC_NAME = '__name__';

/**
 * Whether a series without the label fits; the pattern of a matcher that has one is compiled for it.
 * @throws AnswerError bad_data: it is not RE2, or too large
 */
export function matchesEmpty(
  matcher: Matcher,
  patterns: PatternRoom,
  position: TextPosition,
): boolean {
  const { op, value } = matcher;
  switch (op) {
    case '=':
      return value === '';
    case '!=':
      return value !== '';
    case '=~':
      return patterns.add(matcher, { position }).matchesEmpty();
    case '!~':
      return !patterns.add(matcher, { position }).matchesEmpty();
  }
}
