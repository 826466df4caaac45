import { groupingText, leftOf, operatorText, QueryTexts, subqueryText } from './query-texts.ts';
import type { QueryTree } from './query-tree.ts';

/** As in Prometheus. */
const LINE_BYTES_MAX = 100;
const INDENT = '  ';

/** A tree as Prometheus' `/api/v1/format_query` writes it: on one line what fits there, else each part on lines of its own. */
export function prettyText(tree: QueryTree): string {
  return new PrettyPrinter().print(tree, 0);
}

class PrettyPrinter {
  readonly #texts = new QueryTexts();

  /** @param level how far it is indented */
  print(tree: QueryTree, level: number): string {
    const indent = INDENT.repeat(level);
    const text = this.#texts.of(tree);
    // A subquery that fits is the one thing that Prometheus does not indent.
    if (isShort(text)) return tree.type === 'subquery' ? text : `${indent}${text}`;
    switch (tree.type) {
      case 'parenExpr':
        return this.#enclosed('', [tree.expr], level);
      case 'call':
        return this.#enclosed(tree.func.name, tree.args, level);
      case 'aggregation': {
        const given = tree.param ? [tree.param, tree.expr] : [tree.expr];
        return this.#enclosed(groupingText(tree), given, level);
      }
      case 'binaryExpr': {
        const [left, right] = [leftOf(tree), tree.rhs].map((side) => this.print(side, level + 1));
        return `${left}\n${indent}${operatorText(tree)}\n${right}`;
      }
      case 'subquery':
        return `${this.print(tree.expr, level)}${subqueryText(tree)}`;
      case 'unaryExpr':
        return `${indent}${tree.op}${this.print(tree.expr, level).trim()}`;
      default:
        return `${indent}${text}`;
    }
  }

  #enclosed(before: string, parts: readonly QueryTree[], level: number): string {
    const indent = INDENT.repeat(level);
    const lines = parts.map((part) => this.print(part, level + 1)).join(',\n');
    return `${indent}${before}(\n${lines}\n${indent})`;
  }
}

function isShort(text: string): boolean {
  return text.length <= LINE_BYTES_MAX && Buffer.byteLength(text) <= LINE_BYTES_MAX;
}
