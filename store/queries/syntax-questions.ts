import type { AnswerWriter, QueryKind, SyntaxKind } from '@overseer/shared';
import { expressionTree, formatExpression } from '../promql/formatting/formatting.ts';
import { EXPRESSION_CHARACTERS_MAX } from '../promql/syntax/syntax-tree.ts';
import type { Findings } from './question.ts';
import { RequestFields } from './request-fields.ts';

/** Questions about the text of an expression alone: they need no data, so they are answered at once, whatever runs or waits. */
const ANSWERS: Readonly<Record<SyntaxKind, (expression: string) => string>> = {
  format: formatExpression,
  parse: expressionTree,
};
export const SYNTAX_KINDS = Object.keys(ANSWERS);

export function isSyntaxKind(kind: QueryKind): kind is SyntaxKind {
  return Object.hasOwn(ANSWERS, kind);
}

/** @throws AnswerError bad_data or unsupported, with the position in the expression; limit */
export async function answerSyntax(
  kind: SyntaxKind,
  request: Readonly<Record<string, unknown>>,
  answer: AnswerWriter,
): Promise<Findings> {
  const expression = new RequestFields(request).text('expr', EXPRESSION_CHARACTERS_MAX);
  await answer.send({ kind: 'string', value: ANSWERS[kind](expression) });
  return { warnings: [] };
}
