import type { SyntaxNode } from '@lezer/common';
import type { TextPosition } from '@overseer/shared';
import { AGGREGATORS } from './aggregators.ts';
import {
  type Aggregation,
  type Expression,
  type FunctionCall,
  type Grouping,
  type NumberLiteral,
  type RangeSelector,
  type ValueType,
  type VectorSelector,
  valueTypeOf,
} from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { parseDuration, parseNumber, parseString } from './literals.ts';
import { type Matcher, METRIC_NAME, matchesEmpty } from './matchers.ts';
import { badExpression, cutShort, positionAt, unsupported } from './syntax-errors.ts';
import { childrenOf, parseSyntax } from './syntax-tree.ts';

/** Deeper nesting is refused, so that walking an expression never exhausts the stack. */
const DEPTH_MAX = 200;

/**
 * @throws AnswerError with its position: bad_data, what PromQL does not allow; unsupported, what it allows and this evaluator does
 * not know yet
 */
export function parseExpression(text: string): Expression {
  return new ExpressionBuilder(text).build(parseSyntax(text));
}

/**
 * The matchers of a text that is one vector selector, such as `cpu_usage_idle{host=~"a.*"}`.
 * @throws AnswerError bad_data
 */
export function parseSelector(text: string): readonly Matcher[] {
  const syntax = parseSyntax(text);
  if (syntax.name !== 'VectorSelector') {
    throw badExpression(
      'a series selector is expected, such as cpu_usage_idle{host="a"}',
      positionAt(text, syntax.from),
    );
  }
  return new ExpressionBuilder(text).buildMatchers(syntax);
}

/** What the grammar knows and nothing evaluates yet. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  SubqueryExpr: 'a subquery',
  StepInvariantExpr: 'the @ modifier',
  AnchoredExpr: 'the anchored modifier',
  SmoothedExpr: 'the smoothed modifier',
};

/** Makes expressions of syntax, from the top down. */
class ExpressionBuilder {
  #depth = 0;

  constructor(private readonly text: string) {}

  build(node: SyntaxNode): Expression {
    if (++this.#depth > DEPTH_MAX) {
      throw badExpression(`an expression is nested ${DEPTH_MAX} deep at most`, this.#at(node));
    }
    const expression = this.#build(node);
    this.#depth--;
    return expression;
  }

  #build(node: SyntaxNode): Expression {
    switch (node.name) {
      case 'NumberDurationLiteral':
        return this.#number(node);
      case 'StringLiteral':
        return { kind: 'string', value: this.#string(node), position: this.#at(node) };
      case 'ParenExpr':
        return this.build(onlyChild(node));
      case 'VectorSelector':
        return this.#vectorSelector(node);
      case 'MatrixSelector':
        return this.#rangeSelector(node);
      case 'OffsetExpr':
        return this.#offset(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'UnaryExpr':
        return this.#signed(node);
      case 'BinaryExpr': {
        const [, operator = node] = childrenOf(node);
        throw unsupported(`the operator ${this.#textOf(operator)}`, this.#at(operator));
      }
      default:
        throw unsupported(UNSUPPORTED[node.name] ?? cutShort(this.#textOf(node)), this.#at(node));
    }
  }

  #number(node: SyntaxNode): NumberLiteral {
    const value = parseNumber(this.#textOf(node));
    if (value === undefined) {
      throw badExpression(
        `${cutShort(this.#textOf(node))} is no number that can be`,
        this.#at(node),
      );
    }
    return { kind: 'number', value, position: this.#at(node) };
  }

  #string(node: SyntaxNode): string {
    const value = parseString(this.#textOf(node));
    if (value === undefined) {
      throw badExpression(
        `${cutShort(this.#textOf(node))} has an escape sequence that is unknown or makes no UTF-8`,
        this.#at(node),
      );
    }
    return value;
  }

  #vectorSelector(node: SyntaxNode): VectorSelector {
    return {
      kind: 'vector selector',
      matchers: this.buildMatchers(node),
      offsetMs: 0,
      position: this.#at(node),
    };
  }

  /** Also the name is a matcher, wherever it stands. */
  buildMatchers(node: SyntaxNode): readonly Matcher[] {
    const names: string[] = [];
    const matchers: Matcher[] = [];
    // Otherwise it would select every series.
    let isSelective = false;
    for (const child of childrenOf(node)) {
      if (child.name === 'Identifier') {
        names.push(this.#textOf(child));
        continue;
      }
      for (const syntax of childrenOf(child)) {
        if (syntax.name === 'QuotedLabelName') {
          names.push(this.#string(onlyChild(syntax)));
          continue;
        }
        const { matcher, fitsEmpty } = this.#matcher(syntax);
        matchers.push(matcher);
        isSelective ||= !fitsEmpty;
      }
    }
    if (names.length > 0) this.#checkName(node, names, matchers);
    if (!isSelective && !names.some((name) => name !== '')) {
      throw badExpression(
        'a vector selector must contain at least one matcher that an empty label does not fit',
        this.#at(node),
      );
    }
    return [...names.map(nameMatcher), ...matchers];
  }

  #checkName(node: SyntaxNode, names: readonly string[], matchers: readonly Matcher[]): void {
    const others = matchers.filter(({ name }) => name === METRIC_NAME).map(({ value }) => value);
    if (names.length + others.length === 1) return;
    const all = [...names, ...others].map((name) => JSON.stringify(name)).join(' or ');
    throw badExpression(`metric name must not be set twice: ${all}`, this.#at(node));
  }

  /** A pattern that is not RE2 is told here with its place, not when the series are looked up. */
  #matcher(node: SyntaxNode): { matcher: Matcher; fitsEmpty: boolean } {
    const [label, operator, value] = childrenOf(node);
    if (!label || !operator || !value) throw new Error(`no matcher: ${this.#textOf(node)}`);
    const matcher: Matcher = {
      name: this.#labelName(label),
      op: this.#textOf(operator) as Matcher['op'],
      value: this.#string(value),
    };
    return { matcher, fitsEmpty: matchesEmpty(matcher, this.#at(value)) };
  }

  #labelName(node: SyntaxNode): string {
    return node.name === 'QuotedLabelName' ? this.#string(onlyChild(node)) : this.#textOf(node);
  }

  #rangeSelector(node: SyntaxNode): RangeSelector {
    const [of, range] = childrenOf(node);
    if (!of || !range) throw new Error(`no range selector: ${this.#textOf(node)}`);
    this.#refuseOperator(of);
    if (of.name !== 'VectorSelector') {
      throw badExpression('ranges only allowed for vector selectors', this.#at(of));
    }
    const rangeMs = this.#durationMs(range);
    if (rangeMs <= 0) {
      throw badExpression('a range must be a millisecond at least', this.#at(range));
    }
    const selector = this.#vectorSelector(of);
    return { kind: 'range selector', selector, rangeMs, position: this.#at(node) };
  }

  #offset(node: SyntaxNode): Expression {
    const children = childrenOf(node);
    const [of, duration] = [children[0], children.at(-1)];
    if (!of || !duration) throw new Error(`no offset: ${this.#textOf(node)}`);
    this.#refuseOperator(of);
    const offsetMs = this.#durationMs(duration);
    if (offsetMs < 0) throw unsupported('a negative offset', this.#at(duration));
    if (of.name === 'OffsetExpr') {
      throw badExpression('offset may not be set multiple times', this.#at(node));
    }
    const expression = this.build(of);
    if (of.name === 'VectorSelector' && expression.kind === 'vector selector') {
      return { ...expression, offsetMs };
    }
    if (of.name === 'MatrixSelector' && expression.kind === 'range selector') {
      return { ...expression, selector: { ...expression.selector, offsetMs } };
    }
    throw badExpression(
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
      this.#at(of),
    );
  }

  /** The grammar takes `a + b[5m]` for `(a + b)[5m]`, and so with offsets: what is wrong with it is the operator. */
  #refuseOperator(node: SyntaxNode): void {
    if (node.name === 'BinaryExpr' || node.name === 'UnaryExpr') this.build(node);
  }

  #durationMs(node: SyntaxNode): number {
    const children = childrenOf(node);
    const [first, second] = children;
    if (node.name === 'NumberDurationLiteralInDurationContext') {
      const durationMs = parseDuration(this.#textOf(node));
      if (durationMs === undefined) throw badExpression('duration out of range', this.#at(node));
      return durationMs;
    }
    if (first?.name === 'UnaryOp' && second) {
      return this.#textOf(first) === '-' ? -this.#durationMs(second) : this.#durationMs(second);
    }
    if (!first || second) throw unsupported('arithmetic in durations', this.#at(node));
    return this.#durationMs(first);
  }

  #call(node: SyntaxNode): FunctionCall {
    const [identifier, body] = childrenOf(node);
    if (!identifier || !body) throw new Error(`no call: ${this.#textOf(node)}`);
    const name = this.#textOf(identifier);
    const called = FUNCTIONS.get(name);
    if (!called) throw unsupported(`the function ${name}`, this.#at(identifier));
    const given = childrenOf(body).map((argument) => this.build(argument));
    if (given.length !== called.arguments.length) {
      throw badExpression(
        `expected ${called.arguments.length} argument(s) in call to "${name}", got ${given.length}`,
        this.#at(node),
      );
    }
    for (const [i, type] of called.arguments.entries()) {
      expectType(given[i], type, `call to function "${name}"`);
    }
    return { kind: 'call', function: called, arguments: given, position: this.#at(node) };
  }

  #aggregation(node: SyntaxNode): Aggregation {
    const children = childrenOf(node);
    const operator = children.find(({ name }) => name === 'AggregateOp');
    const body = children.find(({ name }) => name === 'FunctionCallBody');
    if (!operator || !body) throw new Error(`no aggregation: ${this.#textOf(node)}`);
    const name = this.#textOf(operator).toLowerCase();
    const aggregator = AGGREGATORS.get(name);
    if (!aggregator) throw unsupported(`the aggregation ${name}`, this.#at(operator));
    const given = childrenOf(body).map((argument) => this.build(argument));
    const [argument] = given;
    if (!argument || given.length > 1) {
      throw badExpression(
        `wrong number of arguments for aggregate expression provided, expected 1, got ${given.length}`,
        this.#at(node),
      );
    }
    expectType(argument, 'instant vector', 'aggregation expression');
    const modifier = children.find(({ name }) => name === 'AggregateModifier');
    const grouping = modifier ? this.#grouping(modifier) : { by: true, names: [] };
    return { kind: 'aggregation', aggregator, grouping, argument, position: this.#at(node) };
  }

  #grouping(node: SyntaxNode): Grouping {
    const [keyword, labels] = childrenOf(node);
    if (!keyword || !labels) throw new Error(`no grouping: ${this.#textOf(node)}`);
    const names = childrenOf(labels).map((label) => this.#labelName(label));
    return { by: keyword.name === 'By', names: [...new Set(names)] };
  }

  #signed(node: SyntaxNode): Expression {
    const [operator, operand] = childrenOf(node);
    if (!operator || !operand) throw new Error(`no unary expression: ${this.#textOf(node)}`);
    const value = this.build(operand);
    const sign = this.#textOf(operator);
    if (value.kind !== 'number') throw unsupported(`the unary ${sign}`, this.#at(operator));
    return {
      kind: 'number',
      value: sign === '-' ? -value.value : value.value,
      position: this.#at(node),
    };
  }

  #textOf({ from, to }: SyntaxNode): string {
    return this.text.slice(from, to);
  }

  #at({ from }: SyntaxNode): TextPosition {
    return positionAt(this.text, from);
  }
}

function expectType(given: Expression | undefined, expected: ValueType, where: string): void {
  if (!given) throw new Error(`${where}: an argument is missing`);
  const type = valueTypeOf(given);
  if (type === expected) return;
  throw badExpression(`expected type ${expected} in ${where}, got ${type}`, given.position);
}

function nameMatcher(value: string): Matcher {
  return { name: METRIC_NAME, op: '=', value };
}

function onlyChild(node: SyntaxNode): SyntaxNode {
  const [child] = childrenOf(node);
  if (!child) throw new Error(`nothing within ${node.name}`);
  return child;
}
