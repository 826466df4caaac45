import { AnswerError, BusUnavailableError } from '@overseer/shared';
import { isOutage, isTableOrColumnMissing, sqlState } from '../postgres.ts';

const QUERY_CANCELED = '57014';

/**
 * What an asker is told of an error: the reason of the signal for all that it made fail, `timeout` when PostgreSQL's own limit
 * struck, `unavailable` when it or NATS is away. Bugs stay what they are.
 */
export function queryError(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof BusUnavailableError) {
    return new AnswerError('unavailable', 'NATS was lost amid the answer', { cause: error });
  }
  if (isTableOrColumnMissing(error)) {
    const what = 'a measurement was dropped amid the answer: ask again';
    return new AnswerError('unavailable', what, { cause: error });
  }
  if (error instanceof AnswerError || !isOutage(error)) return error;
  if (signal.aborted) return signal.reason;
  if (sqlState(error) === QUERY_CANCELED) {
    return new AnswerError(
      'timeout',
      'PostgreSQL canceled a statement of the query: ask again, for less time or fewer series when it took long',
      { cause: error },
    );
  }
  return new AnswerError('unavailable', 'PostgreSQL is away at the moment: ask again', {
    cause: error,
  });
}
