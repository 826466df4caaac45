import {
  BusRequestError,
  BusUnavailableError,
  type Logger,
  StreamFullError,
  StreamReplacedError,
} from '@overseer/shared';
import { AccessError, CHALLENGE } from '@overseer/shared/access';

/** Why a request is refused as a whole, in a word for metrics; where it is a limit, the setting's name. */
export const REFUSAL_REASONS = [
  'parameters',
  'encoding',
  'damaged_body',
  'body_bytes_max',
  'bodies_bytes_max',
  'bodies_bytes_share',
  'body_bytes_per_second_min',
  'unauthenticated',
  'forbidden',
  'not_ready',
  'databases_max',
  'series_per_database_max',
  'new_series_per_second_max',
  'fields_contended',
  'dropped',
  'parser_fault',
  'points_bytes_max',
  'nats',
  'internal',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The client's mistake: repeating the request changes nothing. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly reason: RefusalReason;
  constructor(
    readonly status: 400 | 404 | 405 | 413 | 415,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    { reason = 'parameters', ...options }: ErrorOptions & { readonly reason?: RefusalReason } = {},
  ) {
    super(message, options);
    this.reason = reason;
  }
}

/** A slow line is seldom a fast one a moment later. */
const SLOW_BODY_RETRY_SECONDS = 10;

/** Not now: the same request is welcome again after `retryAfterSeconds`. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
  constructor(
    readonly reason: RefusalReason,
    message: string,
    readonly retryAfterSeconds: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A body that comes so slowly that its memory is wanted back. It is not the client's mistake alone: it may be welcome later. */
export class SlowBodyError extends UnavailableError {
  override name = 'SlowBodyError';
  constructor(bytesPerSecondMin: number) {
    super(
      'body_bytes_per_second_min',
      `the body came too slowly: BODY_BYTES_PER_SECOND_MIN is ${bytesPerSecondMin}; send it again, perhaps in smaller parts`,
      SLOW_BODY_RETRY_SECONDS,
    );
  }
}

/** A full stream empties as fast as the store commits, and a store that is down needs a moment. */
const STREAM_FULL_RETRY_SECONDS = 5;
/** The client reconnects four times a second, and a restarted server is there within one or two. */
const BUS_RETRY_SECONDS = 2;

/** What a client is told about a failure behind ingress; undefined for one that should not happen. */
export function unavailable(error: unknown): UnavailableError | undefined {
  if (error instanceof UnavailableError) return error;
  if (error instanceof StreamFullError) {
    return new UnavailableError(
      'points_bytes_max',
      `NATS has no room left (${error.message}); the points were not accepted, send them again later`,
      STREAM_FULL_RETRY_SECONDS,
      { cause: error },
    );
  }
  if (
    error instanceof BusUnavailableError ||
    error instanceof BusRequestError ||
    error instanceof StreamReplacedError
  ) {
    return new UnavailableError(
      'nats',
      `the message bus did not confirm the points (${error.message}); send them again`,
      BUS_RETRY_SECONDS,
      { cause: error },
    );
  }
  return undefined;
}

/** What a client is told about a request that failed as a whole; each dialect has its own body for it. */
export interface Failure {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The same with its reason, to be counted. */
export interface Refusal extends Failure {
  readonly reason: RefusalReason;
}

/** What a client is told about an error; one that should not happen is logged, and its details are kept back. */
export function failureOf(error: unknown, log: Logger): Refusal {
  if (error instanceof RequestError) return error;
  if (error instanceof AccessError) {
    const { status, message } = error;
    return status === 401
      ? { status, reason: 'unauthenticated', message, headers: { 'www-authenticate': CHALLENGE } }
      : { status, reason: 'forbidden', message, headers: {} };
  }
  const notNow = unavailable(error);
  if (notNow) {
    const headers = {
      'retry-after': String(notNow.retryAfterSeconds),
      // The rest of the body is not waited for.
      ...(notNow instanceof SlowBodyError && { connection: 'close' }),
    };
    const { reason, message } = notNow;
    return { status: 503, reason, message, headers };
  }
  log.error({ err: error }, 'a request failed');
  return {
    status: 500,
    reason: 'internal',
    message: 'an error within ingress; its log has the details',
    headers: {},
  };
}
