import { AnswerError } from '@overseer/shared';

/** Limits of queries, for metrics: by their settings' names, or one that the question itself set, or one of a part of it. */
export const QUERY_LIMITS = [
  'queries_max',
  'queries_samples_max',
  'query_samples_max',
  'query_series_max',
  'query_bytes_max',
  'asked',
  'other',
] as const;

export type QueryLimit = (typeof QUERY_LIMITS)[number];

/** A query that reached a limit which metrics tell apart. */
export class QueryLimitError extends AnswerError {
  constructor(
    readonly limit: QueryLimit,
    message: string,
  ) {
    super('limit', message);
  }
}

/** The limit that ended a query; undefined for any other end. */
export function limitOf(error: unknown): QueryLimit | undefined {
  if (error instanceof QueryLimitError) return error.limit;
  return error instanceof AnswerError && error.kind === 'limit' ? 'other' : undefined;
}
