import { type Grant, requireRight } from '@overseer/shared/access';
import type { AnswerEncoding } from './answer-encoding.ts';
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
  /** What the client wants, as far as the route has it. */
  readonly encoding: AnswerEncoding;
  /** The room of what is collected for the answer. */
  readonly lease: AnswerLease;
}

/** The answer to a request in pieces, in the encoding of the request: JSON as text, MessagePack as bytes. */
export type ApiHandler = (request: ApiRequest) => Promise<Iterable<string> | Iterable<Uint8Array>>;

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
