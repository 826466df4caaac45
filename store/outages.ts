import {
  BusRequestError,
  BusUnavailableError,
  StreamFullError,
  StreamReplacedError,
} from '@overseer/shared';
import { isOutage } from './postgres.ts';

/** What waiting may mend: outages of either server, a request that NATS refused in a state of its own, a full stream of dead letters, a stream that is made anew. */
export function isPassing(error: unknown): boolean {
  return (
    isOutage(error) ||
    error instanceof BusUnavailableError ||
    error instanceof BusRequestError ||
    error instanceof StreamFullError ||
    error instanceof StreamReplacedError
  );
}
