import type { SyntaxNode } from '@lezer/common';
import type { TextPosition } from '@overseer/shared';
import { AGGREGATORS } from '../aggregations/aggregators.ts';
import type { Aggregation, Expression, FunctionCall, ValueType } from '../expression.ts';
import { valueTypeOf } from '../expression.ts';
import type { PromqlFunction } from '../functions/function.ts';
import { FUNCTIONS, UNSUPPORTED_FUNCTIONS } from '../functions/mod.ts';
import { readAggregation } from './aggregation-syntax.ts';
import { binaryOperation, signed } from './binary-builder.ts';
import { withModifiers } from './modifier-builder.ts';
import { climb, type Operand, sequenceOf } from './operator-syntax.ts';
import { readMatchers } from './selector-syntax.ts';
import { badExpression, unsupported } from './syntax-errors.ts';
import { onlyChild, type SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

/** Makes expressions of syntax, from the top down. */
export class ExpressionBuilder {
  constructor(private readonly reader: SyntaxReader) {}

  build(node: SyntaxNode): Expression {
    const { reader } = this;
    const items = sequenceOf(node, reader);
    const parts = {
      operand: (operand: Operand) => this.#operand(operand),
      signed: signed(reader),
      binary: binaryOperation(reader),
    };
    const levels = items.filter(({ kind }) => kind !== 'operand').length + 1;
    return reader.within(levels, node, () => climb(items, parts));
  }

  #operand(operand: Operand): Expression {
    const { node, modifiers } = operand;
    return this.reader.within(modifiers.length, node, () =>
      withModifiers(this.#plain(node), operand, this.reader),
    );
  }

  #plain(node: SyntaxNode): Expression {
    const { reader } = this;
    const position = reader.positionOf(node);
    switch (node.name) {
      case 'NumberDurationLiteral':
        // Its sign stands in the sequence, for itself.
        return { kind: 'number', value: Math.abs(reader.number(node)), position };
      case 'StringLiteral':
        return { kind: 'string', value: reader.string(node), position };
      case 'ParenExpr':
        return this.build(onlyChild(node));
      case 'VectorSelector': {
        const matchers = readMatchers(node, reader);
        return { kind: 'vector selector', matchers, offsetMs: 0, at: undefined, position };
      }
      case 'FunctionCall':
        return this.#call(node, position);
      case 'AggregateExpr':
        return this.#aggregation(node, position);
      default:
        throw new Error(`the grammar has no ${node.name} here`);
    }
  }

  #call(node: SyntaxNode, position: TextPosition): FunctionCall {
    const [identifier, body] = childrenOf(node);
    if (!identifier || !body) throw new Error(`no call: ${this.reader.textOf(node)}`);
    const name = this.reader.textOf(identifier);
    const called = FUNCTIONS.get(name);
    if (!called) {
      const place = this.reader.positionOf(identifier);
      throw unsupported(`the function ${name}`, place, UNSUPPORTED_FUNCTIONS.get(name));
    }
    const given = childrenOf(body).map((argument) => this.build(argument));
    checkArgumentCount(called, given.length, position);
    for (const [i, argument] of given.entries()) {
      const type = called.arguments[i] ?? called.arguments.at(-1) ?? 'scalar';
      expectType(argument, type, `call to function "${name}"`);
    }
    called.checkArguments?.(given, this.reader.patterns);
    return { kind: 'call', function: called, arguments: given, position };
  }

  #aggregation(node: SyntaxNode, position: TextPosition): Aggregation {
    const { name, given: nodes, grouping } = readAggregation(node, this.reader);
    const aggregator = AGGREGATORS.get(name);
    // The operator stands first.
    if (!aggregator) throw unsupported(`the aggregation ${name}`, position);
    const given = nodes.map((argument) => this.build(argument));
    const countExpected = aggregator.parameter ? 2 : 1;
    const argument = given.at(-1);
    if (!argument || given.length !== countExpected) {
      throw badExpression(
        `wrong number of arguments for aggregate expression provided, expected ${countExpected}, got ${given.length}`,
        position,
      );
    }
    expectType(argument, 'instant vector', 'aggregation expression');
    const [parameter] = given.slice(0, -1);
    if (parameter && aggregator.parameter) {
      expectType(parameter, aggregator.parameter, 'aggregation parameter');
      checkParameter(parameter);
    }
    return { kind: 'aggregation', aggregator, grouping, parameter, argument, position };
  }
}

function expectType(given: Expression, expected: ValueType, where: string): void {
  const type = valueTypeOf(given);
  if (type === expected) return;
  throw badExpression(`expected type ${expected} in ${where}, got ${type}`, given.position);
}

/** A string names a label. */
function checkParameter(parameter: Expression): void {
  if (parameter.kind !== 'string' || parameter.value !== '') return;
  throw badExpression('invalid label name ""', parameter.position);
}

/** In Prometheus' words. */
function checkArgumentCount(
  { name, arguments: { length: countMax }, optionalCount, isVariadic }: PromqlFunction,
  count: number,
  position: TextPosition,
): void {
  const countMin = countMax - optionalCount;
  const complain = (expected: string) =>
    badExpression(`expected ${expected} argument(s) in call to "${name}", got ${count}`, position);
  if (!isVariadic && optionalCount === 0 && count !== countMax) throw complain(`${countMax}`);
  if (count < countMin) throw complain(`at least ${countMin}`);
  if (!isVariadic && count > countMax) throw complain(`at most ${countMax}`);
}
