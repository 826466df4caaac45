import { AnswerError } from '@overseer/shared';
import { ExpressionBuilder } from '../syntax/expression-builder.ts';
import { SyntaxReader } from '../syntax/syntax-reader.ts';
import { parseSyntax } from '../syntax/syntax-tree.ts';
import { prettyText } from './pretty-printer.ts';
import type { QueryTree } from './query-tree.ts';
import { QueryTreeBuilder } from './query-tree-builder.ts';

/** Indentation and the names of the tree can make much of a text. */
export const WRITTEN_BYTES_MAX = 256 * 1024;

/**
 * An expression as Prometheus' `/api/v1/format_query` writes it; comments are lost.
 * @throws AnswerError as `parseExpression`; limit: it becomes too long
 */
export function formatExpression(text: string): string {
  return bounded(prettyText(treeOf(text)));
}

/**
 * The JSON text of an expression's tree, as in Prometheus 3's `/api/v1/parse_query`.
 * @throws AnswerError as `parseExpression`; limit: it becomes too long
 */
export function expressionTree(text: string): string {
  return bounded(JSON.stringify(treeOf(text)));
}

function treeOf(text: string): QueryTree {
  const syntax = parseSyntax(text);
  const reader = new SyntaxReader(text);
  // For its errors.
  new ExpressionBuilder(reader).build(syntax);
  return new QueryTreeBuilder(reader).build(syntax);
}

function bounded(written: string): string {
  const bytes = Buffer.byteLength(written);
  if (bytes <= WRITTEN_BYTES_MAX) return written;
  throw new AnswerError(
    'limit',
    `written like this the expression has ${bytes} bytes, more than ${WRITTEN_BYTES_MAX}: ask for its parts`,
  );
}
