import {
  ANSWER_PART_BYTES,
  float64Bin,
  type InstantQuery,
  type MatrixSeries,
  type RangeQuery,
  type SamplesPart,
} from '@overseer/shared';
import {
  dependenciesOf,
  type EvaluationOptions,
  type Expression,
  evaluateInstant,
  evaluateRange,
  type InstantSeries,
  parseExpression,
  partsOf,
  type SampleSeries,
} from '../promql/mod.ts';
import { labelsBytes, PartWriter } from './answer-parts.ts';
import { CountedSource } from './counted-source.ts';
import { reductionOf, type SteppedRange, stepsOf } from './pixel-extremes.ts';
import {
  databaseWarnings,
  type Findings,
  type Question,
  type QuestionContext,
} from './question.ts';

/** As in Prometheus. */
const LOOKBACK_MS = 300_000;
/** Of one series, each with its time. */
const PART_SAMPLES_MAX = ANSWER_PART_BYTES / 16;
const VALUE_BYTES = 9;

/** @throws AnswerError bad_data or unsupported, with the position in the expression */
export function rangeQuestion(query: RangeQuery & SteppedRange): Question {
  const expression = parseExpression(query.expr);
  const steps = stepsOf(query);
  const reduction = reductionOf(query);
  const grid = reduction?.grid ?? steps;
  return async (context) => {
    // Rows that are longer than those of other answers.
    if (reduction) context.budget.hold(steps.count * nodesOf(expression));
    const parts = new PartWriter<MatrixSeries>((series) =>
      context.send({ kind: 'matrix', ...grid, series }),
    );
    const options = { ...evaluationOf(query, context), reduction };
    const blocks = evaluateRange(expression, steps, options);
    for await (const block of blocks) {
      for (const { labels, values, present } of block) {
        const bytes = labelsBytes(labels) + values.byteLength + (present?.byteLength ?? 0);
        await parts.add({ labels, values: float64Bin(values), ...(present && { present }) }, bytes);
      }
    }
    await parts.flush();
    return { ...findings(query, expression, context), resultType: 'matrix' };
  };
}

/** @throws AnswerError bad_data or unsupported, with the position in the expression */
export function instantQuestion(query: InstantQuery): Question {
  const expression = parseExpression(query.expr);
  return async (context) => {
    const result = await evaluateInstant(expression, query.timeMs, evaluationOf(query, context));
    const found = findings(query, expression, context);
    switch (result.kind) {
      case 'scalar':
      case 'string':
        await context.send(result);
        return { ...found, resultType: result.kind };
      case 'vector':
        await sendVector(result.series, context);
        return { ...found, resultType: 'vector' };
      case 'samples':
        await sendSamples(result.series, context);
        return { ...found, resultType: 'matrix' };
    }
  };
}

/** An expression and all within it: each has a row at a time, or some. */
function nodesOf(expression: Expression): number {
  return partsOf(expression).reduce((sum, part) => sum + nodesOf(part), 1);
}

function evaluationOf(
  { db, lookbackMs = LOOKBACK_MS }: RangeQuery | InstantQuery,
  { series, budget }: QuestionContext,
): EvaluationOptions {
  return {
    db,
    source: new CountedSource(series, budget),
    budget,
    lookbackMs,
    seriesMax: budget.seriesMax,
  };
}

function findings(
  { db, lookbackMs = LOOKBACK_MS }: RangeQuery | InstantQuery,
  expression: Expression,
  { series }: QuestionContext,
): Findings {
  const { measurements, reach, isOfWholeRange } = dependenciesOf(expression);
  const times = reach(lookbackMs);
  return {
    warnings: databaseWarnings(series, db),
    ...(measurements && { measurements }),
    ...(times && { reachMs: times.beforeMs, aheadMs: times.aheadMs }),
    ...(isOfWholeRange && { isOfWholeRange }),
  };
}

async function sendVector(
  series: readonly InstantSeries[],
  { send }: QuestionContext,
): Promise<void> {
  const parts = new PartWriter<InstantSeries>((items) => send({ kind: 'vector', series: items }));
  for (const item of series) await parts.add(item, labelsBytes(item.labels) + VALUE_BYTES);
  await parts.flush();
}

async function sendSamples(
  series: readonly SampleSeries[],
  { send }: QuestionContext,
): Promise<void> {
  const parts = new PartWriter<SamplesPart['series'][number]>((items) =>
    send({ kind: 'samples', series: items }),
  );
  for (const { labels, times, values } of series) {
    for (let from = 0; from < times.length; from += PART_SAMPLES_MAX) {
      const item = {
        labels,
        times: float64Bin(times.subarray(from, from + PART_SAMPLES_MAX)),
        values: float64Bin(values.subarray(from, from + PART_SAMPLES_MAX)),
      };
      await parts.add(item, labelsBytes(labels) + 2 * item.times.byteLength);
    }
  }
  await parts.flush();
}
