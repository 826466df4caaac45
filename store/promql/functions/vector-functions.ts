import type { Labels } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import type { Expression } from '../expression.ts';
import { withLabel } from '../label-sets.ts';
import { type Matcher, METRIC_NAME } from '../matchers.ts';
import { HeldRows } from '../vectors/held-rows.ts';
import { changeBlocks, scalarVector, uniteNames, type Vector } from '../vectors/vector.ts';
import { newestInput } from '../windows/newest-input.ts';
import { rangeInput } from '../windows/range-input.ts';
import { lastTimeKernel, presentKernel } from '../windows/window-kernels.ts';
import { windowVector } from '../windows/window-vector.ts';
import type { VectorFunction } from './function.ts';
import { stepSeconds } from './scalar-functions.ts';

/** Functions of all series together, or of what the argument is. */
export const VECTOR_FUNCTIONS: readonly VectorFunction[] = [
  ofOne('vector', 'scalar', async (of, context) =>
    scalarVector(await context.evaluator.scalar(of, context), context),
  ),
  ofOne('timestamp', 'instant vector', timestamps),
  ofOne('absent', 'instant vector', async (of, context) =>
    absence(of, await context.evaluator.vector(of, context), context),
  ),
  ofOne('absent_over_time', 'range vector', async (of, context) => {
    if (of.kind !== 'range selector' && of.kind !== 'subquery')
      throw new Error(`${of.kind}: no range`);
    const input = await rangeInput(of, context);
    return absence(of, windowVector(input, presentKernel, [], context), context);
  }),
  ofOne('sort', 'instant vector', (of, context) => sorted(of, 1, context)),
  ofOne('sort_desc', 'instant vector', (of, context) => sorted(of, -1, context)),
];

function ofOne(
  name: string,
  argument: VectorFunction['arguments'][number],
  evaluate: (of: Expression, context: EvaluationContext) => Promise<Vector>,
): VectorFunction {
  return {
    kind: 'vector',
    name,
    arguments: [argument],
    optionalCount: 0,
    isVariadic: false,
    returns: 'instant vector',
    evaluate: ([of], context) => evaluate(of as Expression, context),
  };
}

/** In seconds: of the samples that a selector finds, of anything else of the steps. */
async function timestamps(of: Expression, context: EvaluationContext): Promise<Vector> {
  if (of.kind === 'vector selector') {
    const input = await newestInput(of, context);
    return uniteNames(windowVector(input, lastTimeKernel, [], context), context);
  }
  const vector = await context.evaluator.vector(of, context);
  const seconds = stepSeconds(context);
  const blocks = changeBlocks(vector.blocks, context, ({ values, length, stepCount }) => {
    for (let row = 0; row < length; row++) values.set(seconds, row * stepCount);
  });
  return uniteNames({ ...vector, blocks }, context);
}

/** 1 at every step at which no series has a value. */
async function absence(
  of: Expression,
  { blocks }: Vector,
  context: EvaluationContext,
): Promise<Vector> {
  const { count } = context.grid;
  const ones = new Float64Array(count).fill(1);
  const isAbsent = new Uint8Array(count).fill(1);
  for await (const { present, length } of blocks) {
    for (let at = 0; at < length * count; at++) {
      if (present[at] === 1) isAbsent[at % count] = 0;
    }
    if (context.pace.isDue) await context.pace.rest();
  }
  return scalarVector(ones, context, { present: isAbsent, labels: absentLabels(of) });
}

/** Of a selector the labels that it wants to be equal to something, each wanted once. */
function absentLabels(of: Expression): Labels {
  const selector = of.kind === 'range selector' ? of.selector : of;
  if (selector.kind !== 'vector selector') return {};
  const seen = new Set<string>();
  return selector.matchers
    .filter(({ name }) => name !== METRIC_NAME)
    .reduce((labels: Labels, { name, op, value }: Matcher) => {
      const isFirst = op === '=' && !seen.has(name);
      if (isFirst) seen.add(name);
      return withLabel(labels, name, isFirst ? value : '');
    }, {});
}

/** Series by their values at an instant, NaN behind all others; steps have no order that all series could be in. */
async function sorted(
  of: Expression,
  direction: 1 | -1,
  context: EvaluationContext,
): Promise<Vector> {
  const vector = await context.evaluator.vector(of, context);
  return context.grid.count > 1
    ? vector
    : { ...vector, blocks: sortedBlocks(vector, direction, context) };
}

async function* sortedBlocks({ blocks }: Vector, direction: 1 | -1, context: EvaluationContext) {
  const rows = new HeldRows(context);
  for await (const block of blocks) {
    for (let row = 0; row < block.length; row++) rows.add(block, row);
    if (context.pace.isDue) await context.pace.rest();
  }
  const numberAt = (number: number) => rows.row(number).values[0] as number;
  yield* rows.blocks((one, other) => {
    const [a, b] = [numberAt(one), numberAt(other)];
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a === b ? 0 : (a < b ? -1 : 1) * direction;
  });
}
