import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { isTerminated } from './literals.ts';
import { findTooDeep, tooDeep } from './nesting.ts';
import { badExpression, cutShort, positionAt, unexpectedToken } from './syntax-errors.ts';

/** Enough for an alternation of thousands of hosts; the worst of this length takes less than 200 ms. */
export const EXPRESSION_CHARACTERS_MAX = 65_536;

/** Gives up at the first error. */
const strictParser = parser.configure({ strict: true });
const NO_PARSE = /^No parse at (\d+)$/;

/**
 * The node of the whole expression as the official grammar has it, free of errors.
 * @throws AnswerError bad_data at the first token that does not fit
 */
export function parseSyntax(text: string): SyntaxNode {
  if (text.length > EXPRESSION_CHARACTERS_MAX) {
    throw badExpression(
      `an expression of ${text.length} characters is longer than ${EXPRESSION_CHARACTERS_MAX}`,
      positionAt(text, EXPRESSION_CHARACTERS_MAX),
    );
  }
  const tree = strictTree(text);
  checkSyntax(tree, text);
  const [expression] = childrenOf(tree.topNode);
  if (!expression) throw unexpectedToken(text, 0);
  return expression;
}

/**
 * The tree of a text without errors. With one, just what leads up to it is looked at: after each error the grammar tries many ways to go
 * on, which takes a second for a long text of nothing else.
 */
function strictTree(text: string): Tree {
  try {
    return strictParser.parse(text);
  } catch (error) {
    const [, offset] = (error instanceof SyntaxError && NO_PARSE.exec(error.message)) || [];
    if (offset === undefined) throw error;
    // After some hundred levels the parser stops, as if what comes next did not fit.
    const deepOffset = findTooDeep(text.slice(0, Number(offset)));
    if (deepOffset !== undefined) throw tooDeep(positionAt(text, deepOffset));
    checkSyntax(parser.parse(text.slice(0, Number(offset) + 1)), text);
    // What is out of place begins as something that fits: `ignoring` as a name does.
    throw unexpectedToken(text, Number(offset));
  }
}

/** Children that mean something: without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child);
  }
  return children;
}

function checkSyntax(tree: Tree, text: string): void {
  const cursor = tree.cursor();
  do {
    const { name, from, to } = cursor;
    if (name === 'StringLiteral' && !isTerminated(text.slice(from, to))) {
      throw badExpression('unterminated quoted string', positionAt(text, from));
    }
    if (cursor.type.isError)
      throw unknownFunction(cursor.node, text) ?? unexpectedToken(text, from);
  } while (cursor.next());
}

/** The grammar knows the names of functions: to it, an opening parenthesis after another name is out of place. */
function unknownFunction({ from, prevSibling }: SyntaxNode, text: string) {
  if (text[from] !== '(' || prevSibling?.name !== 'Identifier') return undefined;
  const name = text.slice(prevSibling.from, prevSibling.to);
  return badExpression(
    `unknown function with name ${JSON.stringify(cutShort(name))}`,
    positionAt(text, prevSibling.from),
  );
}
