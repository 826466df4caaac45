import { AnswerError, type Labels } from '@overseer/shared';
import type { Pattern } from '../../patterns/pattern.ts';
import { PatternError } from '../../patterns/pattern-errors.ts';
import { type PatternRoom, patternOf } from '../../patterns/pattern-room.ts';
import { QueryLimitError } from '../../query-limit.ts';
import type { EvaluationBudget, EvaluationContext } from '../context.ts';
import type { Expression, StringLiteral } from '../expression.ts';
import { labelOf, labelsKey, withLabel } from '../label-sets.ts';
import { badExpression, cutShort } from '../syntax/syntax-errors.ts';
import type { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, sameLabelset, type Vector } from '../vectors/vector.ts';
import type { VectorFunction } from './function.ts';

/** As long as an expression may be. */
const LABEL_CHARACTERS_MAX = 65_536;
/** That take as much memory as a value of a budget. */
const CHARACTERS_OF_VALUE = 8;

/** Functions that change labels and no values. */
export const LABEL_FUNCTIONS: readonly VectorFunction[] = [
  {
    kind: 'vector',
    name: 'label_replace',
    arguments: ['instant vector', 'string', 'string', 'string', 'string'],
    optionalCount: 0,
    isVariadic: false,
    returns: 'instant vector',
    checkArguments([, target, , , pattern], patterns) {
      checkLabelName(target, 'destination', 'label_replace');
      checkPattern(pattern, patterns);
    },
    evaluate([of, ...given], context) {
      const [target = '', replacement = '', source = ''] = given.map(textOf);
      const pattern = patternOf(stringOf(given.at(-1)));
      const expand = expander(pattern, replacement, context.budget);
      return relabelled(of as Expression, replacer(target, source, expand), context);
    },
  },
  {
    kind: 'vector',
    name: 'label_join',
    arguments: ['instant vector', 'string', 'string', 'string'],
    // There may be no label to be joined.
    optionalCount: 1,
    isVariadic: true,
    returns: 'instant vector',
    checkArguments([, target, , ...sources]) {
      checkLabelName(target, 'destination', 'label_join');
      for (const source of sources) checkLabelName(source, 'source', 'label_join');
    },
    evaluate([of, ...texts], context) {
      const [target = '', separator = '', ...sources] = texts.map(textOf);
      const join = (labels: Labels) => {
        const parts = sources.flatMap((source) => [separator, labelOf(labels, source) ?? '']);
        return joined(parts.slice(1), context.budget);
      };
      return relabelled(
        of as Expression,
        (labels) => withLabel(labels, target, join(labels)),
        context,
      );
    },
  },
];

function textOf(expression: Expression): string {
  return stringOf(expression).value;
}

function stringOf(expression: Expression | undefined): StringLiteral {
  if (expression?.kind === 'string') return expression;
  throw new Error(`${expression?.kind} is no string: the parser should have said so`);
}

/** In Prometheus' words. */
function checkLabelName(given: Expression | undefined, which: string, name: string): void {
  const { value, position } = stringOf(given);
  if (value !== '') return;
  throw badExpression(`invalid ${which} label name in ${name}(): ${value}`, position);
}

function checkPattern(given: Expression | undefined, patterns: PatternRoom): void {
  const pattern = stringOf(given);
  const { value, position } = pattern;
  try {
    patterns.add(pattern, { position });
  } catch (cause) {
    // Another cause is that it is too large, of which Prometheus has no words.
    if (!(cause instanceof PatternError && cause.cause)) throw cause;
    const message = `invalid regular expression in label_replace(): ${cutShort(value)}`;
    throw new AnswerError('bad_data', message, { position, cause });
  }
}

type Relabelling = (labels: Labels) => Labels;

/** What becomes of a text; undefined: it does not fit. */
type Expansion = (text: string) => string | undefined;

/** What fits all of the source label is expanded, and put into the target. */
function replacer(target: string, source: string, expand: Expansion): Relabelling {
  // Many series have the same text.
  const known = new Map<string, string | undefined>();
  return (labels) => {
    const text = labelOf(labels, source) ?? '';
    if (!known.has(text)) known.set(text, expand(text));
    const replaced = known.get(text);
    return replaced === undefined ? labels : withLabel(labels, target, replaced);
  };
}

/** `$1`, `${1}`, `$name`, `${name}` and `$$`; the longest name counts, as in Go. */
const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function expander(pattern: Pattern, template: string, budget: EvaluationBudget): Expansion {
  const pieces = piecesOf(template);
  if (pieces.every(({ group }) => group === undefined)) {
    const text = pieces.map((piece) => piece.text).join('');
    return (given) => (pattern.matches(given) ? text : undefined);
  }
  return (given) => {
    const captures = pattern.captures(given);
    if (!captures) return undefined;
    const parts = pieces.map(({ text, group }) => (group === undefined ? text : captures(group)));
    return joined(parts, budget);
  };
}

/** Of a template: text, or what fits a group. */
interface Piece {
  readonly text: string;
  readonly group?: string | undefined;
}

function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of template.matchAll(REFERENCE)) {
    const [reference, dollar = '', braced, bare] = match;
    pieces.push({ text: template.slice(from, match.index) });
    pieces.push({ text: dollar, group: braced ?? bare });
    from = match.index + reference.length;
  }
  return [...pieces, { text: template.slice(from) }];
}

/** What is put together from labels may be put together again, and double each time. @throws AnswerError limit */
function joined(parts: readonly string[], budget: EvaluationBudget): string {
  const characters = parts.reduce((sum, { length }) => sum + length, 0);
  if (characters > LABEL_CHARACTERS_MAX) {
    throw new QueryLimitError(
      'label_characters',
      `a label of ${characters} characters is longer than ${LABEL_CHARACTERS_MAX}: put shorter ones together`,
    );
  }
  budget.hold(Math.ceil(characters / CHARACTERS_OF_VALUE));
  return parts.join('');
}

/** @throws AnswerError execution, while its blocks are read: two series that have values come to the same labels */
async function relabelled(
  of: Expression,
  change: Relabelling,
  context: EvaluationContext,
): Promise<Vector> {
  const vector = await context.evaluator.vector(of, context);
  const labels: Labels[] = [];
  return { labels, isNameless: false, blocks: relabelledBlocks(vector, labels, change, context) };
}

async function* relabelledBlocks(
  vector: Vector,
  labels: Labels[],
  change: Relabelling,
  { pace }: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const seen = new Set<string>();
  let isFirst = true;
  for await (const block of vector.blocks) {
    if (isFirst) {
      for (const series of vector.labels.keys()) {
        labels.push(change(labelsOf(vector, series)));
        if (pace.isDue) await pace.rest();
      }
    }
    isFirst = false;
    for (let row = 0; row < block.length; row++) {
      if (!block.hasValue(row)) continue;
      const own = labels[block.series[row] as number] ?? {};
      const key = labelsKey(own);
      if (seen.has(key)) throw sameLabelset(own);
      seen.add(key);
    }
    yield block;
  }
}
