import { AnswerError, type TextPosition } from '@overseer/shared';
import { unclosedAtEnd } from './tokens.ts';

/** Longer texts are cut in messages. */
const SHOWN_CHARACTERS_MAX = 60;
const SKIPPED = /(?:\s+|#[^\n]*)*/y;
const TOKENS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'identifier ', pattern: /[A-Za-z_:][\w:]*/y },
  { what: 'number ', pattern: /[\d.][\w.]*/y },
  { what: 'string ', pattern: /(["'`])(?:(?!\1).)*\1?/y },
  { what: '', pattern: /[!=<>]=|[=!]~|./uy },
];

const KEYWORDS = /^(?:by|without|on|ignoring|group_left|group_right|bool|offset)$/;
const OPERATORS = /^(?:[-+*/%^<>]|[=!<>]=|and|or|unless|atan2)$/;

/** Places of one text, of which many are asked. Line and column count from 1. */
export class TextPositions {
  /** Where each line begins. */
  readonly #lines: readonly number[];

  constructor(text: string) {
    this.#lines = [0, ...text.matchAll(/\n/g).map(({ index }) => index + 1)];
  }

  at(offset: number): TextPosition {
    const lines = this.#lines;
    let [line, end] = [0, lines.length];
    while (end - line > 1) {
      const middle = (line + end) >> 1;
      if ((lines[middle] as number) <= offset) line = middle;
      else end = middle;
    }
    return { line: line + 1, column: offset - (lines[line] as number) + 1, offset };
  }
}

export function positionAt(text: string, offset: number): TextPosition {
  return new TextPositions(text).at(offset);
}

export function badExpression(message: string, position: TextPosition): AnswerError {
  return new AnswerError('bad_data', message, { position });
}

/** What the grammar knows, and Prometheus 3.0 does not, or only with a feature flag. */
const EXPERIMENTAL = 'it is experimental in Prometheus';

export function unsupported(
  construct: string,
  position: TextPosition,
  why = EXPERIMENTAL,
): AnswerError {
  return new AnswerError('unsupported', `${construct} is not supported: ${why}`, { position });
}

/** A part of an expression, for a message. */
export function cutShort(text: string): string {
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/** An expression that goes wrong at the first token from `offset` on. */
export function unexpectedToken(text: string, offset: number): AnswerError {
  const at = endOfMatch(SKIPPED, text, offset);
  const position = positionAt(text, at);
  if (at >= text.length) {
    return badExpression(unclosedAtEnd(text) ?? 'unexpected end of input', position);
  }
  for (const { what, pattern } of TOKENS) {
    const end = endOfMatch(pattern, text, at);
    if (end > at) {
      const token = text.slice(at, end);
      const quoted = JSON.stringify(cutShort(token));
      return badExpression(`unexpected ${keyword(token) ?? `${what}${quoted}`}`, position);
    }
  }
  return badExpression('unexpected line break', position);
}

/** Words and signs of the language, as Prometheus names them; undefined for anything else. */
function keyword(token: string): string | undefined {
  const word = token.toLowerCase();
  if (KEYWORDS.test(word)) return `<${word}>`;
  return OPERATORS.test(word) ? `<op:${word}>` : undefined;
}

/** Where a sticky pattern that starts at `offset` ends; `offset` when it does not fit. */
function endOfMatch(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}
