import type { Matcher } from '../series-source.ts';

/** What an expression asks, apart from its text: so that the reference needs no parser. */
export type Question =
  | NumberQuestion
  | TextQuestion
  | SelectorQuestion
  | WindowQuestion
  | AggregationQuestion
  | CallQuestion
  | NegationQuestion
  | BinaryQuestion;

export interface NumberQuestion {
  readonly kind: 'number';
  readonly value: number;
}

export interface TextQuestion {
  readonly kind: 'text';
  readonly value: string;
}

/** When it looks: milliseconds before each step, or before a time. */
export interface When {
  readonly offsetMs: number;
  readonly at?: number | 'start' | 'end';
}

export interface SelectorQuestion extends When {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
}

export interface SubqueryQuestion extends When {
  readonly kind: 'subquery';
  readonly of: Question;
  readonly stepMs: number;
}

/** A function of the samples of a range. */
export interface WindowQuestion {
  readonly kind: 'window';
  readonly function: string;
  /** Of `quantile_over_time` and `predict_linear` alone. */
  readonly parameter?: number;
  readonly of: SelectorQuestion | SubqueryQuestion;
  readonly rangeMs: number;
}

export interface AggregationQuestion {
  readonly kind: 'aggregation';
  readonly function: string;
  /** Of `topk`, `bottomk`, `quantile` (a scalar) and `count_values` (a text). */
  readonly parameter?: Question;
  readonly by: boolean;
  readonly names: readonly string[];
  readonly of: Question;
}

/** Any other function. */
export interface CallQuestion {
  readonly kind: 'call';
  readonly function: string;
  readonly arguments: readonly Question[];
}

export interface NegationQuestion {
  readonly kind: 'negation';
  readonly of: Question;
}

export interface BinaryQuestion {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Question;
  readonly right: Question;
  readonly isBool?: boolean;
  readonly matching?: {
    readonly on: boolean;
    readonly names: readonly string[];
    readonly group?: 'left' | 'right';
    readonly included?: readonly string[];
  };
}

/** The question as PromQL. */
export function expressionText(question: Question): string {
  switch (question.kind) {
    case 'number':
      return `${question.value}`;
    case 'text':
      return JSON.stringify(question.value);
    case 'selector':
      return selectorText(question);
    case 'window':
      return windowText(question);
    case 'aggregation': {
      const { by, names, of, parameter } = question;
      const grouping = `${by ? 'by' : 'without'} (${names.join(', ')})`;
      const before = parameter ? `${expressionText(parameter)}, ` : '';
      return `${question.function} ${grouping} (${before}${expressionText(of)})`;
    }
    case 'call':
      return `${question.function}(${question.arguments.map(expressionText).join(', ')})`;
    case 'negation':
      return `-(${expressionText(question.of)})`;
    case 'binary':
      return binaryText(question);
  }
}

/** Every function and operator of a question, `selector` and the like for what has no name. */
export function namesIn(question: Question): string[] {
  switch (question.kind) {
    case 'number':
    case 'text':
      return [];
    case 'selector':
      return ['selector', ...whenNames(question)];
    case 'window': {
      const { of } = question;
      const inner = of.kind === 'selector' ? [] : ['subquery', ...namesIn(of.of)];
      return [question.function, ...whenNames(of), ...inner];
    }
    case 'aggregation': {
      const parameter = question.parameter ? namesIn(question.parameter) : [];
      const names = [...namesIn(question.of), ...parameter];
      const isFixed = parameter.length > 0 && names.some((name) => name.startsWith('@'));
      return [question.function, ...names, ...(isFixed ? ['@ beside a parameter'] : [])];
    }
    case 'call':
      return [question.function, ...question.arguments.flatMap(namesIn)];
    case 'negation':
      return ['negation', ...namesIn(question.of)];
    case 'binary': {
      const { operator, isBool, matching } = question;
      const modifiers = [
        ...(isBool ? ['bool'] : []),
        ...(matching ? [matching.on ? 'on' : 'ignoring'] : []),
        ...(matching?.group ? [`group_${matching.group}`] : []),
      ];
      return [operator, ...modifiers, ...namesIn(question.left), ...namesIn(question.right)];
    }
  }
}

function whenNames({ at, offsetMs }: When): string[] {
  return [
    ...(at === undefined ? [] : [typeof at === 'number' ? '@' : `@ ${at}()`]),
    ...(offsetMs === 0 ? [] : [offsetMs < 0 ? 'negative offset' : 'offset']),
  ];
}

function windowText(window: WindowQuestion): string {
  const { function: name, parameter } = window;
  const range = rangeText(window);
  if (parameter === undefined) return `${name}(${range})`;
  return name === 'quantile_over_time'
    ? `${name}(${parameter}, ${range})`
    : `${name}(${range}, ${parameter})`;
}

/** What the function of a window is given, as PromQL. */
export function rangeText({ of, rangeMs }: WindowQuestion): string {
  return of.kind === 'selector'
    ? selectorText(of, `[${rangeMs}ms]`)
    : `(${expressionText(of.of)})[${rangeMs}ms:${of.stepMs}ms]${whenText(of)}`;
}

function selectorText(selector: SelectorQuestion, range = ''): string {
  const pairs = selector.matchers.map(
    ({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`,
  );
  return `{${pairs.join(', ')}}${range}${whenText(selector)}`;
}

function whenText({ offsetMs, at }: When): string {
  const time = typeof at === 'number' ? `${at / 1000}` : `${at}()`;
  return `${at === undefined ? '' : ` @ ${time}`}${offsetMs === 0 ? '' : ` offset ${offsetMs}ms`}`;
}

function binaryText({ operator, left, right, isBool, matching }: BinaryQuestion): string {
  const words = [operator];
  if (isBool) words.push('bool');
  if (matching) {
    words.push(`${matching.on ? 'on' : 'ignoring'} (${matching.names.join(', ')})`);
    if (matching.group)
      words.push(`group_${matching.group} (${(matching.included ?? []).join(', ')})`);
  }
  return `(${expressionText(left)} ${words.join(' ')} ${expressionText(right)})`;
}
