import type { LabelQuery, Labels, LabelValuesQuery } from '@overseer/shared';
import { type Matcher, parseSelector } from '../promql/mod.ts';
import { labelsBytes, PartWriter, textBytes } from './answer-parts.ts';
import {
  databaseWarnings,
  type Findings,
  type Question,
  type QuestionContext,
} from './question.ts';

/**
 * Questions about labels are answered from the label index alone. It knows of no times: series are told whenever they had their
 * samples.
 */

/** @throws AnswerError bad_data, with the position in the selector */
export function seriesQuestion(query: LabelQuery): Question {
  const selectors = selectorsOf(query);
  return async (context) => {
    const { budget, send, series } = context;
    const found = series.series(query.db, selectors);
    budget.spendSeries(found.length);
    const parts = new PartWriter<Labels>((items) => send({ kind: 'labelSets', series: items }));
    const { listed, warnings } = cut(found, query, context);
    for (const labels of listed) await parts.add(labels, labelsBytes(labels));
    await parts.flush();
    return { warnings };
  };
}

/** @throws AnswerError bad_data, with the position in the selector */
export function labelNamesQuestion(query: LabelQuery): Question {
  const selectors = selectorsOf(query);
  return (context) => sendList(context.series.labelNames(query.db, selectors), query, context);
}

/** @throws AnswerError bad_data, with the position in the selector */
export function labelValuesQuestion(query: LabelValuesQuery): Question {
  const selectors = selectorsOf(query);
  return (context) => {
    const values = context.series.labelValues(query.db, query.label, selectors);
    return sendList(values, query, context);
  };
}

function selectorsOf({ matches }: LabelQuery): (readonly Matcher[])[] {
  return matches.map((text) => parseSelector(text));
}

async function sendList(
  values: readonly string[],
  query: LabelQuery,
  context: QuestionContext,
): Promise<Findings> {
  context.budget.hold(values.length);
  const { listed, warnings } = cut(values, query, context);
  const parts = new PartWriter<string>((items) => context.send({ kind: 'list', values: items }));
  for (const value of listed) await parts.add(value, textBytes(value));
  await parts.flush();
  return { warnings };
}

/** The first of what was found, up to the asker's limit. */
function cut<T>(
  found: readonly T[],
  { db, limit = Number.POSITIVE_INFINITY }: LabelQuery,
  { series }: QuestionContext,
): { listed: readonly T[]; warnings: readonly string[] } {
  const warnings = databaseWarnings(series, db);
  if (found.length <= limit) return { listed: found, warnings };
  const warning = `results truncated due to limit: ${limit} of ${found.length}`;
  return { listed: found.slice(0, limit), warnings: [...warnings, warning] };
}
