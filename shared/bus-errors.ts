import { ErrorCode, NatsError } from './nats.ts';

/** NATS or JetStream can't be reached, or did not answer in time; whether the message arrived is unknown. */
export class BusUnavailableError extends Error {
  override name = 'BusUnavailableError';
}

/** The stream's max_bytes is used up (it discards new messages), or the server's storage is. */
export class StreamFullError extends Error {
  override name = 'StreamFullError';
}

/** The key has another revision than the one that the compare-and-set named. */
export class RevisionError extends Error {
  override name = 'RevisionError';
}

/** The stream was deleted, or deleted and made again: positions in it mean nothing any more. */
export class StreamReplacedError extends Error {
  override name = 'StreamReplacedError';
}

/** The server or the stream is not as Overseer needs it; says what to change. */
export class BusSetupError extends Error {
  override name = 'BusSetupError';
}

const JS_MESSAGE_TOO_LARGE_FOR_STREAM = 10077;
const JS_INSUFFICIENT_RESOURCES = 10023;
const JS_STORAGE_EXCEEDED = 10047;
const JS_WRONG_LAST_SEQUENCE = 10071;
export const JS_STREAM_NAME_IN_USE = 10058;
export const JS_STREAM_NOT_FOUND = 10059;
const FULL_CODES: readonly (number | undefined)[] = [
  JS_MESSAGE_TOO_LARGE_FOR_STREAM,
  JS_INSUFFICIENT_RESOURCES,
  JS_STORAGE_EXCEEDED,
];

export function apiCode(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}

/** The condition behind an error of the client. */
export function translate(error: unknown, what: string): unknown {
  if (!(error instanceof NatsError)) return error;
  const code = apiCode(error);
  if (FULL_CODES.includes(code)) return new StreamFullError(`${what}: no room`, { cause: error });
  if (code === JS_WRONG_LAST_SEQUENCE) {
    return new RevisionError(`${what}: changed meanwhile`, { cause: error });
  }
  switch (error.code) {
    case ErrorCode.Timeout:
    case ErrorCode.NoResponders:
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
    case ErrorCode.Disconnect:
      return new BusUnavailableError(`${what}: NATS does not answer`, { cause: error });
    default:
      // 503: JetStream is starting or has no leader.
      return error.api_error?.code === 503
        ? new BusUnavailableError(`${what}: JetStream is not ready`, { cause: error })
        : error;
  }
}

/** Runs an action of the client and turns its errors into the ones above. */
export async function guard<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw translate(error, what);
  }
}
