import type { SyntaxNode } from '@lezer/common';
import type { Expression } from '../expression.ts';
import type { Matcher } from '../series-source.ts';
import { ExpressionBuilder } from './expression-builder.ts';
import { readMatchers } from './selector-syntax.ts';
import { badExpression } from './syntax-errors.ts';
import { SyntaxReader } from './syntax-reader.ts';
import { parseSyntax } from './syntax-tree.ts';

/**
 * @throws AnswerError with its position: bad_data, what PromQL does not allow; unsupported, what it allows and this evaluator does
 * not know
 */
export function parseExpression(text: string): Expression {
  return new ExpressionBuilder(new SyntaxReader(text)).build(parseSyntax(text));
}

/**
 * The matchers of a text that is one vector selector, such as `cpu_usage_idle{host=~"a.*"}`.
 * @throws AnswerError bad_data
 */
export function parseSelector(text: string): readonly Matcher[] {
  const syntax: SyntaxNode = parseSyntax(text);
  const reader = new SyntaxReader(text);
  if (syntax.name !== 'VectorSelector') {
    throw badExpression(
      'a series selector is expected, such as cpu_usage_idle{host="a"}',
      reader.positionOf(syntax),
    );
  }
  return readMatchers(syntax, reader);
}
