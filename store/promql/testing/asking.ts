import { AnswerError, isPresent, type Labels } from '@overseer/shared';
import { type EvaluationOptions, evaluateInstant, evaluateRange } from '../evaluation.ts';
import type { StepGrid } from '../step-grid.ts';
import { parseExpression } from '../syntax/parser.ts';
import { MemorySource, type TestSeries, unboundedBudget } from './memory-source.ts';
import { labelsKey } from './reference-values.ts';

export const SECOND_MS = 1000;

/** A series with a value every `intervalS` seconds from second 0 on; null: no sample there. */
export function every(
  intervalS: number,
  labels: Labels,
  values: readonly (number | null)[],
): TestSeries {
  const samples = values.flatMap((value, i) =>
    value === null ? [] : [{ time: i * intervalS * SECOND_MS, value }],
  );
  return {
    labels,
    times: samples.map(({ time }) => time),
    values: samples.map(({ value }) => value),
  };
}

/** A series of the metric `cpu` with a value every 10 s from second 0 on. */
export const cpu = (values: readonly (number | null)[], labels: Labels = {}) =>
  every(10, { __name__: 'cpu', ...labels }, values);

export function optionsFor(series: readonly TestSeries[], more: object = {}) {
  return {
    db: 'test',
    source: new MemorySource(series),
    budget: unboundedBudget(),
    lookbackMs: 300 * SECOND_MS,
    seriesMax: 1000,
    ...more,
  };
}

/** The value at a second by labels (as JSON); nothing: no series. */
export async function at(
  text: string,
  second: number,
  series: readonly TestSeries[],
  more: object = {},
) {
  const result = await evaluateInstant(
    parseExpression(text),
    second * SECOND_MS,
    optionsFor(series, more),
  );
  if (result.kind !== 'vector') throw new Error(`a ${result.kind}`);
  return Object.fromEntries(result.series.map(({ labels, value }) => [labelsKey(labels), value]));
}

/** The only value at a second. */
export async function valueAt(
  text: string,
  second: number,
  series: readonly TestSeries[],
  more = {},
) {
  const values = Object.values(await at(text, second, series, more));
  if (values.length > 1) throw new Error(`${values.length} series`);
  return values[0];
}

export async function range(text: string, grid: StepGrid, options: EvaluationOptions) {
  const found: { labels: Labels; values: (number | undefined)[] }[] = [];
  for await (const part of evaluateRange(parseExpression(text), grid, options)) {
    for (const { labels, values, present } of part) {
      const shown = Array.from(values, (value, i) => (isPresent(present, i) ? value : undefined));
      found.push({ labels, values: shown });
    }
  }
  return found.sort((a, b) => (labelsKey(a.labels) < labelsKey(b.labels) ? -1 : 1));
}

export async function errorOf(promise: Promise<unknown>): Promise<AnswerError> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof AnswerError) return error;
  throw error;
}
