import type { AnswerError, TextPosition } from '@overseer/shared';
import { badExpression } from './syntax-errors.ts';
import { TOKEN } from './tokens.ts';

/** Deeper nesting is refused, so that walking an expression never exhausts the stack. */
export const DEPTH_MAX = 200;

const OPERATOR = /^(?:[=!<>]=|[-+*/%^<>]|and|or|unless|atan2)$/i;

export function tooDeep(position: TextPosition): AnswerError {
  return badExpression(
    `an expression is nested ${DEPTH_MAX} deep at most; each operator of a chain is a level`,
    position,
  );
}

/**
 * Where a text that is no expression is nested too deep, parentheses around a place and operators before it taken together; undefined:
 * nowhere.
 */
export function findTooDeep(text: string): number | undefined {
  /** Operators by parenthesis that is open. */
  const operators = [0];
  let depth = 0;
  let labelsAndRanges = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') labelsAndRanges++;
    else if (token === '}' || token === ']') labelsAndRanges--;
    else if (labelsAndRanges > 0) continue;
    else if (token === '(') {
      operators.push(0);
      depth++;
    } else if (token === ')') {
      depth -= (operators.pop() ?? 0) + 1;
    } else if (token === ',') {
      depth -= operators.pop() ?? 0;
      operators.push(0);
    } else if (OPERATOR.test(token)) {
      operators.push((operators.pop() ?? 0) + 1);
      depth++;
    }
    if (depth > DEPTH_MAX) return index;
  }
  return undefined;
}
