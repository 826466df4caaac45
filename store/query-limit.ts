import { AnswerError, type TextPosition } from '@overseer/shared';

/**
 * Limits of queries, for metrics. The first are settings, by their names, and one that the question itself set; the others are those of the
 * code, by what was too much.
 */
export const QUERY_LIMITS = [
  'queries_max',
  'queries_samples_max',
  'query_samples_max',
  'query_series_max',
  'query_bytes_max',
  'asked',
  'questions',
  'answer_series',
  'answer_values',
  'groups',
  'subquery_steps',
  'pattern_steps',
  'label_characters',
  'other',
] as const;

export type QueryLimit = (typeof QUERY_LIMITS)[number];

/** A query that reached a limit which metrics tell apart. */
export class QueryLimitError extends AnswerError {
  constructor(
    readonly limit: QueryLimit,
    message: string,
    options: { readonly position?: TextPosition } = {},
  ) {
    super('limit', message, options);
  }
}

/** The limit that ended a query; undefined for any other end. */
export function limitOf(error: unknown): QueryLimit | undefined {
  if (error instanceof QueryLimitError) return error.limit;
  return error instanceof AnswerError && error.kind === 'limit' ? 'other' : undefined;
}
