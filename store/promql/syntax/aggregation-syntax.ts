import type { SyntaxNode } from '@lezer/common';
import type { Grouping } from '../expression.ts';
import type { SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

/** An aggregation as it is written: whether there is one of the name, and of so many arguments, is not checked. */
export interface AggregationSyntax {
  /** In small letters. */
  readonly name: string;
  readonly given: readonly SyntaxNode[];
  readonly grouping: Grouping;
}

export function readAggregation(node: SyntaxNode, reader: SyntaxReader): AggregationSyntax {
  const children = childrenOf(node);
  const part = (kind: string) => children.find(({ name }) => name === kind);
  const operator = part('AggregateOp');
  const body = part('FunctionCallBody');
  if (!operator || !body) throw new Error(`no aggregation: ${reader.textOf(node)}`);
  const modifier = part('AggregateModifier');
  return {
    name: reader.textOf(operator).toLowerCase(),
    given: childrenOf(body),
    grouping: modifier ? readGrouping(modifier, reader) : { by: true, names: [] },
  };
}

function readGrouping(node: SyntaxNode, reader: SyntaxReader): Grouping {
  const [keyword, labels] = childrenOf(node);
  if (!keyword || !labels) throw new Error(`no grouping: ${reader.textOf(node)}`);
  return { by: keyword.name === 'By', names: reader.labelNames(labels) };
}
