import type { SyntaxNode } from '@lezer/common';
import { type Matcher, METRIC_NAME, matchesEmpty } from '../matchers.ts';
import { badExpression, cutShort } from './syntax-errors.ts';
import { onlyChild, type SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

/** A vector selector as it is written: nothing is checked of it as a whole. */
export interface SelectorSyntax {
  /** Before the braces. */
  readonly name: string | undefined;
  /** Within them, in the order of the text; a quoted name is one too. */
  readonly matchers: readonly Matcher[];
}

export function readSelector(node: SyntaxNode, reader: SyntaxReader): SelectorSyntax {
  let name: string | undefined;
  const matchers: Matcher[] = [];
  for (const child of childrenOf(node)) {
    if (child.name === 'Identifier') name = reader.textOf(child);
    else matchers.push(...childrenOf(child).map((syntax) => readMatcher(syntax, reader)));
  }
  return { name, matchers };
}

/** The matchers of a vector selector; also the name is one, wherever it stands. @throws AnswerError bad_data */
export function readMatchers(node: SyntaxNode, reader: SyntaxReader): readonly Matcher[] {
  const names: string[] = [];
  const matchers: Matcher[] = [];
  // Otherwise it would select every series.
  let isSelective = false;
  for (const child of childrenOf(node)) {
    if (child.name === 'Identifier') {
      names.push(reader.textOf(child));
      continue;
    }
    for (const syntax of childrenOf(child)) {
      if (syntax.name === 'QuotedLabelName') {
        names.push(reader.string(onlyChild(syntax)));
        continue;
      }
      const matcher = readMatcher(syntax, reader);
      matchers.push(matcher);
      // A pattern that is not RE2 is told here with its place, not when the series are looked up.
      const place = reader.positionOf(syntax.lastChild ?? syntax);
      const fitsEmpty = matchesEmpty(matcher, reader.patterns, place);
      isSelective ||= !fitsEmpty;
    }
  }
  const position = reader.positionOf(node);
  const others = matchers.filter(({ name }) => name === METRIC_NAME).map(({ value }) => value);
  if (names.length > 0 && names.length + others.length > 1) {
    const twice = [...names, ...others].slice(0, 2);
    const all = twice.map((name) => JSON.stringify(cutShort(name))).join(' or ');
    throw badExpression(`metric name must not be set twice: ${all}`, position);
  }
  if (!isSelective && !names.some((name) => name !== '')) {
    throw badExpression('vector selector must contain at least one non-empty matcher', position);
  }
  return [...names.map((value): Matcher => ({ name: METRIC_NAME, op: '=', value })), ...matchers];
}

function readMatcher(node: SyntaxNode, reader: SyntaxReader): Matcher {
  if (node.name === 'QuotedLabelName') {
    return { name: METRIC_NAME, op: '=', value: reader.string(onlyChild(node)) };
  }
  const [label, operator, value] = childrenOf(node);
  if (!label || !operator || !value) throw new Error(`no matcher: ${reader.textOf(node)}`);
  return {
    name: reader.labelName(label),
    op: reader.textOf(operator) as Matcher['op'],
    value: reader.string(value),
  };
}
