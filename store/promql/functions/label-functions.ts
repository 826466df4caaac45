import { AnswerError, type Labels } from '@overseer/shared';
import type { RE2JS } from 're2js';
import type { EvaluationContext } from '../context.ts';
import type { Expression } from '../expression.ts';
import { labelOf, labelsKey, withLabel } from '../label-sets.ts';
import { compilePattern } from '../matchers.ts';
import { badExpression, cutShort } from '../syntax/syntax-errors.ts';
import type { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, sameLabelset, type Vector } from '../vectors/vector.ts';
import type { VectorFunction } from './function.ts';

/** Functions that change labels and no values. */
export const LABEL_FUNCTIONS: readonly VectorFunction[] = [
  {
    kind: 'vector',
    name: 'label_replace',
    arguments: ['instant vector', 'string', 'string', 'string', 'string'],
    optionalCount: 0,
    isVariadic: false,
    returns: 'instant vector',
    checkArguments([, target, , , pattern]) {
      checkLabelName(target, 'destination', 'label_replace');
      checkPattern(pattern);
    },
    evaluate([of, ...texts], context) {
      const [target = '', replacement = '', source = '', pattern = ''] = texts.map(textOf);
      return relabelled(of as Expression, replacer(target, replacement, source, pattern), context);
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
      const join = (labels: Labels) =>
        sources.map((source) => labelOf(labels, source) ?? '').join(separator);
      return relabelled(
        of as Expression,
        (labels) => withLabel(labels, target, join(labels)),
        context,
      );
    },
  },
];

function textOf(expression: Expression): string {
  if (expression.kind === 'string') return expression.value;
  throw new Error(`${expression.kind} is no string: the parser should have said so`);
}

function checkLabelName(given: Expression | undefined, which: string, name: string): void {
  if (given?.kind !== 'string' || given.value !== '') return;
  throw badExpression(`invalid ${which} label name in ${name}(): ""`, given.position);
}

function checkPattern(given: Expression | undefined): void {
  if (given?.kind !== 'string') return;
  const { value, position } = given;
  try {
    compilePattern(value);
  } catch (cause) {
    const message = `invalid regular expression in label_replace(): ${cutShort(value)}`;
    throw new AnswerError('bad_data', message, { position, cause });
  }
}

type Relabelling = (labels: Labels) => Labels;

/** What fits all of the source label is put into the replacement, and that into the target. */
function replacer(
  target: string,
  replacement: string,
  source: string,
  pattern: string,
): Relabelling {
  const compiled = compilePattern(pattern);
  return (labels) => {
    const replaced = expand(compiled, labelOf(labels, source) ?? '', replacement);
    return replaced === undefined ? labels : withLabel(labels, target, replaced);
  };
}

/** `$1`, `${1}`, `$name`, `${name}` and `$$`; the longest name counts, as in Go. */
const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** Undefined: the text does not fit. */
function expand(pattern: RE2JS, text: string, template: string): string | undefined {
  const matcher = pattern.matcher(text);
  if (!matcher.matches()) return undefined;
  const named = pattern.namedGroups();
  return template.replace(REFERENCE, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar) return '$';
    const name = braced ?? bare ?? '';
    const group = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : Number(named[name] ?? Number.NaN);
    return group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
  });
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
