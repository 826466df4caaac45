import { METRIC_NAME } from '../matchers.ts';
import { durationText, labelNameText, quotedText } from './literal-texts.ts';
import type {
  AggregationTree,
  BinaryTree,
  MatcherTree,
  QueryTree,
  RangeTree,
  SelectorTree,
  SubqueryTree,
  TimeTree,
} from './query-tree.ts';

/** Trees as texts of one line, each made once. */
export class QueryTexts {
  readonly #texts = new Map<QueryTree, string>();

  of(tree: QueryTree): string {
    const known = this.#texts.get(tree);
    if (known !== undefined) return known;
    const text = this.#write(tree);
    this.#texts.set(tree, text);
    return text;
  }

  #write(tree: QueryTree): string {
    switch (tree.type) {
      case 'numberLiteral':
        return tree.val;
      case 'stringLiteral':
        return quotedText(tree.val);
      case 'parenExpr':
        return `(${this.of(tree.expr)})`;
      case 'unaryExpr':
        return `${tree.op}${this.of(tree.expr)}`;
      case 'vectorSelector':
        return `${selectorText(tree)}${timeText(tree)}`;
      case 'matrixSelector':
        return `${selectorText(tree)}[${durationText(tree.range)}]${timeText(tree)}`;
      case 'subquery':
        return `${this.of(tree.expr)}${subqueryText(tree)}`;
      case 'call':
        return `${tree.func.name}(${tree.args.map((argument) => this.of(argument)).join(', ')})`;
      case 'aggregation': {
        const given = tree.param ? [tree.param, tree.expr] : [tree.expr];
        return `${groupingText(tree)}(${given.map((argument) => this.of(argument)).join(', ')})`;
      }
      case 'binaryExpr':
        return `${this.of(leftOf(tree))} ${operatorText(tree)} ${this.of(tree.rhs)}`;
    }
  }
}

/** The left side as it is to be written: of `+Inf ^ 2` the sign would be read as that of the power. */
export function leftOf({ op, lhs }: BinaryTree): QueryTree {
  const isSigned = op === '^' && lhs.type === 'numberLiteral' && lhs.val.startsWith('+');
  return isSigned ? { ...lhs, val: lhs.val.slice(1) } : lhs;
}

/** The operator of an aggregation with what stands before the parentheses. */
export function groupingText({ op, grouping, without }: AggregationTree): string {
  if (!without && grouping.length === 0) return op;
  return `${op} ${without ? 'without' : 'by'} (${namesText(grouping)}) `;
}

/** An operator with its modifiers. */
export function operatorText({ op, matching, bool }: BinaryTree): string {
  const words = bool ? [op, 'bool'] : [op];
  if (matching) {
    const { card, labels, on, include } = matching;
    const isGrouped = card === 'many-to-one' || card === 'one-to-many';
    if (labels.length > 0 || on || isGrouped) {
      words.push(`${on ? 'on' : 'ignoring'} (${namesText(labels)})`);
    }
    if (isGrouped) {
      words.push(`group_${card === 'many-to-one' ? 'left' : 'right'} (${namesText(include)})`);
    }
  }
  return words.join(' ');
}

/** What stands behind the expression of a subquery. */
export function subqueryText(tree: SubqueryTree): string {
  const step = tree.step === 0 ? '' : durationText(tree.step);
  return `[${durationText(tree.range)}:${step}]${timeText(tree)}`;
}

const namesText = (names: readonly string[]) => names.map(labelNameText).join(', ');

function selectorText({ name, matchers }: SelectorTree | RangeTree): string {
  const isName = (matcher: MatcherTree) =>
    name !== '' && matcher.name === METRIC_NAME && matcher.type === '=' && matcher.value === name;
  const texts = matchers
    .filter((matcher) => !isName(matcher))
    .map((matcher) => `${labelNameText(matcher.name)}${matcher.type}${quotedText(matcher.value)}`);
  return texts.length === 0 ? name : `${name}{${texts.sort().join(',')}}`;
}

function timeText({ offset, timestamp, startOrEnd }: TimeTree): string {
  const at = timestamp === null ? startOrEnd && `${startOrEnd}()` : (timestamp / 1000).toFixed(3);
  const sign = offset < 0 ? '-' : '';
  return [
    at === null ? '' : ` @ ${at}`,
    offset === 0 ? '' : ` offset ${sign}${durationText(Math.abs(offset))}`,
  ].join('');
}
