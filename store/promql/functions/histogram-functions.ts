import type { Labels } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import type { Expression } from '../expression.ts';
import { labelOf, labelsKey, withLabel } from '../label-sets.ts';
import { HeldRows } from '../vectors/held-rows.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, uniteNames, type Vector } from '../vectors/vector.ts';
import type { StepRow } from '../windows/windows.ts';
import { type Buckets, bucketQuantile } from './bucket-quantile.ts';
import type { VectorFunction } from './function.ts';

/** The label that says up to what a bucket counts. */
const BOUND = 'le';

/** Functions of classic histograms: a counter for each bucket. */
export const HISTOGRAM_FUNCTIONS: readonly VectorFunction[] = [
  {
    kind: 'vector',
    name: 'histogram_quantile',
    arguments: ['scalar', 'instant vector'],
    optionalCount: 0,
    isVariadic: false,
    returns: 'instant vector',
    async evaluate([quantile, of], context) {
      const quantiles = await context.evaluator.scalar(quantile as Expression, context);
      const vector = await context.evaluator.vector(of as Expression, context);
      const labels: Labels[] = [];
      const blocks = quantileBlocks(vector, quantiles, labels, context);
      return uniteNames({ labels, isNameless: false, blocks }, context);
    },
  },
];

interface Bucket {
  readonly bound: number;
  readonly row: StepRow;
}

/** By histogram, in the order of their bounds. */
async function bucketsOf(
  vector: Vector,
  labels: Labels[],
  context: EvaluationContext,
): Promise<Bucket[][]> {
  const rows = new HeldRows(context);
  const histograms = new Map<string, Bucket[]>();
  for await (const block of vector.blocks) {
    for (let row = 0; row < block.length; row++) {
      const own = labelsOf(vector, block.series[row] as number);
      const bound = parseBound(labelOf(own, BOUND) ?? '');
      // Prometheus leaves out what is no bucket, too.
      if (bound === undefined) continue;
      // With the metric: histograms of two metrics are two.
      const histogram = withLabel(own, BOUND, '');
      const key = labelsKey(histogram);
      let buckets = histograms.get(key);
      if (!buckets) {
        buckets = [];
        histograms.set(key, buckets);
        labels.push(histogram);
      }
      buckets.push({ bound, row: rows.row(rows.add(block, row)) });
    }
    if (context.pace.isDue) await context.pace.rest();
  }
  return [...histograms.values()].map((buckets) =>
    buckets.sort((a, b) => (a.bound < b.bound ? -1 : 1)),
  );
}

/** As Go reads floats; undefined: it is none. */
function parseBound(text: string): number | undefined {
  const [, sign] = /^([+-]?)inf(?:inity)?$/i.exec(text) ?? [];
  if (sign !== undefined) return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const bound = Number(text);
  return Number.isFinite(bound) ? bound : undefined;
}

async function* quantileBlocks(
  vector: Vector,
  quantiles: Float64Array,
  labels: Labels[],
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { grid, pace } = context;
  const histograms = await bucketsOf(vector, labels, context);
  const bucketsMax = histograms.reduce((most, { length }) => Math.max(most, length), 0);
  const buckets: Buckets = {
    bounds: new Float64Array(bucketsMax),
    counts: new Float64Array(bucketsMax),
    length: 0,
  };
  const block = new StepBlock(grid.count);
  for (const [number, histogram] of histograms.entries()) {
    const row = block.nextRow();
    for (let step = 0; step < grid.count; step++) {
      gather(histogram, step, buckets);
      if (buckets.length === 0) continue;
      row.values[row.base + step] = bucketQuantile(quantiles[step] as number, buckets);
      row.present[row.base + step] = 1;
    }
    block.keep(number);
    if (block.isFull) {
      yield block;
      block.clear();
    }
    if (pace.isDue) await pace.rest();
  }
  if (block.length > 0) yield block;
}

/** The buckets that have a value at a step; those with the same bound, such as 1 and 1.0, become one. */
function gather(histogram: readonly Bucket[], step: number, buckets: Buckets): void {
  const { bounds, counts } = buckets;
  let length = 0;
  for (const { bound, row } of histogram) {
    if (row.present[step] === 0) continue;
    const count = row.values[step] as number;
    if (length > 0 && bounds[length - 1] === bound) {
      counts[length - 1] = (counts[length - 1] as number) + count;
      continue;
    }
    bounds[length] = bound;
    counts[length++] = count;
  }
  buckets.length = length;
}
