import { type Grant, requireRight } from '@overseer/shared/access';
import type { AnswerLease } from './answer-memory.ts';
import type { Parameters } from './parameters.ts';

/** One request of the API. */
export interface ApiRequest {
  /** What whoever asks may read. */
  readonly grant: Grant;
  readonly parameters: Parameters;
  /** Of the path: `database` and `name`, as far as it has them. */
  readonly path: Readonly<Record<string, string>>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** The room of what is collected for the answer. */
  readonly lease: AnswerLease;
}

/** The answer to a request, JSON in pieces. */
export type ApiHandler = (request: ApiRequest) => Promise<Iterable<string>>;

/**
 * The database that a request is about.
 * @param fallback of those that name none
 * @throws AccessError 403
 */
export function databaseOf({ grant, path, parameters }: ApiRequest, fallback: string): string {
  const database = path.database ?? parameters.text('db') ?? fallback;
  requireRight(grant, 'read', database);
  return database;
}
