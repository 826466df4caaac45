import type { SyntaxNode } from '@lezer/common';
import type { ValueType } from '../expression.ts';
import { FUNCTIONS } from '../functions/mod.ts';
import { METRIC_NAME } from '../matchers.ts';
import { readAggregation } from '../syntax/aggregation-syntax.ts';
import { readMatching } from '../syntax/binary-builder.ts';
import { readTime } from '../syntax/modifier-builder.ts';
import { climb, type Operand, type OperatorItem, sequenceOf } from '../syntax/operator-syntax.ts';
import { readSelector } from '../syntax/selector-syntax.ts';
import { onlyChild, type SyntaxReader } from '../syntax/syntax-reader.ts';
import { childrenOf } from '../syntax/syntax-tree.ts';
import { negatedNumberText, numberText } from './literal-texts.ts';
import type {
  AggregationTree,
  BinaryTree,
  CallTree,
  MatchingTree,
  QueryTree,
  SelectorTree,
  TimeTree,
  ValueTypeWord,
} from './query-tree.ts';

const TYPE_WORDS: Readonly<Record<ValueType, ValueTypeWord>> = {
  scalar: 'scalar',
  string: 'string',
  'instant vector': 'vector',
  'range vector': 'matrix',
};
const NO_TIME: TimeTree = { offset: 0, timestamp: null, startOrEnd: null };

/** Makes the tree of syntax that `ExpressionBuilder` has found to be an expression: nothing is checked again. */
export class QueryTreeBuilder {
  constructor(private readonly reader: SyntaxReader) {}

  build(node: SyntaxNode): QueryTree {
    return climb<QueryTree>(sequenceOf(node, this.reader), {
      operand: (operand) => this.#operand(operand),
      signed: ({ isMinus }, expr) => signed(isMinus, expr),
      binary: (operator, lhs, rhs) => this.#binary(operator, lhs, rhs),
    });
  }

  #operand({ node, modifiers }: Operand): QueryTree {
    return modifiers.reduce((tree, modifier) => this.#modified(tree, modifier), this.#plain(node));
  }

  #plain(node: SyntaxNode): QueryTree {
    const { reader } = this;
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { type: 'numberLiteral', val: numberText(Math.abs(reader.number(node))) };
      case 'StringLiteral':
        return { type: 'stringLiteral', val: reader.string(node) };
      case 'ParenExpr':
        return { type: 'parenExpr', expr: this.build(onlyChild(node)) };
      case 'VectorSelector':
        return this.#selector(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      default:
        throw new Error(`the grammar has no ${node.name} here`);
    }
  }

  #selector(node: SyntaxNode): SelectorTree {
    const { name = '', matchers } = readSelector(node, this.reader);
    const all =
      name === '' ? matchers : [...matchers, { name: METRIC_NAME, op: '=', value: name } as const];
    return {
      type: 'vectorSelector',
      name,
      matchers: all.map(({ name: label, op, value }) => ({ name: label, value, type: op })),
      ...NO_TIME,
    };
  }

  #modified(tree: QueryTree, modifier: SyntaxNode): QueryTree {
    const { reader } = this;
    const [, range = modifier, step] = childrenOf(modifier);
    const last = childrenOf(modifier).at(-1) ?? modifier;
    if (modifier.name === 'SubqueryExpr') {
      const stepMs = step ? reader.durationMs(step) : 0;
      return {
        type: 'subquery',
        expr: tree,
        range: reader.durationMs(range),
        step: stepMs,
        ...NO_TIME,
      };
    }
    if (modifier.name === 'MatrixSelector' && tree.type === 'vectorSelector') {
      return { ...tree, type: 'matrixSelector', range: reader.durationMs(range) };
    }
    if (
      tree.type !== 'vectorSelector' &&
      tree.type !== 'matrixSelector' &&
      tree.type !== 'subquery'
    ) {
      throw new Error(`${modifier.name} behind ${tree.type}`);
    }
    if (modifier.name === 'OffsetExpr') return { ...tree, offset: reader.durationMs(last) };
    const time = readTime(last, reader);
    return typeof time === 'number' ? { ...tree, timestamp: time } : { ...tree, startOrEnd: time };
  }

  #call(node: SyntaxNode): CallTree {
    const [identifier = node, body = node] = childrenOf(node);
    const name = this.reader.textOf(identifier);
    const called = FUNCTIONS.get(name);
    if (!called) throw new Error(`no function ${name}`);
    return {
      type: 'call',
      func: {
        name,
        argTypes: called.arguments.map((type) => TYPE_WORDS[type]),
        variadic: called.isVariadic ? -1 : called.optionalCount,
        returnType: TYPE_WORDS[called.returns],
      },
      args: childrenOf(body).map((argument) => this.build(argument)),
    };
  }

  #aggregation(node: SyntaxNode): AggregationTree {
    const { name, given, grouping } = readAggregation(node, this.reader);
    const [expr, param = null] = given.map((argument) => this.build(argument)).toReversed();
    if (!expr) throw new Error(`an aggregation of nothing: ${this.reader.textOf(node)}`);
    const { by, names } = grouping;
    return { type: 'aggregation', op: name, expr, param, grouping: names, without: !by };
  }

  #binary({ operator, modifiers }: OperatorItem, lhs: QueryTree, rhs: QueryTree): BinaryTree {
    const { on, names, manySide, included } = readMatching(modifiers, this.reader);
    const oneToOne = operator.kind === 'set' ? 'many-to-many' : 'one-to-one';
    const oneToMany = manySide === 'left' ? 'many-to-one' : 'one-to-many';
    const matching: MatchingTree = {
      card: manySide ? oneToMany : oneToOne,
      labels: names,
      on,
      include: included,
    };
    return {
      type: 'binaryExpr',
      op: operator.symbol,
      lhs,
      rhs,
      matching: isScalar(lhs) || isScalar(rhs) ? null : matching,
      bool: modifiers.some(({ name }) => name === 'BoolModifier'),
    };
  }
}

/** Of a number nothing but its other value is left. */
function signed(isMinus: boolean, expr: QueryTree): QueryTree {
  if (expr.type !== 'numberLiteral') return { type: 'unaryExpr', op: isMinus ? '-' : '+', expr };
  return isMinus ? { ...expr, val: negatedNumberText(expr.val) } : expr;
}

function isScalar(tree: QueryTree): boolean {
  switch (tree.type) {
    case 'numberLiteral':
      return true;
    case 'parenExpr':
    case 'unaryExpr':
      return isScalar(tree.expr);
    case 'call':
      return tree.func.returnType === 'scalar';
    case 'binaryExpr':
      return isScalar(tree.lhs) && isScalar(tree.rhs);
    default:
      return false;
  }
}
