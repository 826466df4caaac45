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

/** NATS answered, and refused in a way that nothing above names; the reason is in the message and the cause. */
export class BusRequestError extends Error {
  override name = 'BusRequestError';
}

/** The server or the stream is not as Overseer needs it; says what to change. */
export class BusSetupError extends Error {
  override name = 'BusSetupError';
}

const JS_MESSAGE_TOO_LARGE_FOR_STREAM = 10077;
const JS_INSUFFICIENT_RESOURCES = 10023;
const JS_STORAGE_EXCEEDED = 10047;
const JS_WRONG_LAST_SEQUENCE = 10071;
/** The same, from a cluster that refuses before it looks up which sequence would have been right. */
const JS_WRONG_LAST_SEQUENCE_UNNAMED = 10164;
export const JS_NO_MESSAGE_FOUND = 10037;
const JS_MESSAGE_DELETE_FAILED = 10057;
export const JS_STREAM_NAME_IN_USE = 10058;
export const JS_STREAM_NOT_FOUND = 10059;
const FULL_CODES: readonly (number | undefined)[] = [
  JS_MESSAGE_TOO_LARGE_FOR_STREAM,
  JS_INSUFFICIENT_RESOURCES,
  JS_STORAGE_EXCEEDED,
];
const REVISION_CODES: readonly (number | undefined)[] = [
  JS_WRONG_LAST_SEQUENCE,
  JS_WRONG_LAST_SEQUENCE_UNNAMED,
];

export function apiCode(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}

/** The message to be removed is not there; the server has one code for every reason why it removes none. */
export function isMessageMissing(error: unknown): boolean {
  return (
    error instanceof NatsError &&
    apiCode(error) === JS_MESSAGE_DELETE_FAILED &&
    /no message found|EOF|deleted message/.test(error.api_error?.description ?? '')
  );
}

/** The condition behind an error of the client; errors that are not the client's stay what they are. */
function translate(error: unknown, what: string): unknown {
  if (!(error instanceof NatsError)) return error;
  const code = apiCode(error);
  if (FULL_CODES.includes(code)) return new StreamFullError(`${what}: no room`, { cause: error });
  if (REVISION_CODES.includes(code)) {
    return new RevisionError(`${what}: changed meanwhile`, { cause: error });
  }
  if (code === JS_STREAM_NOT_FOUND) {
    return new StreamReplacedError(`${what}: the stream is gone`, { cause: error });
  }
  switch (error.code) {
    case ErrorCode.Timeout:
    case ErrorCode.NoResponders:
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
    case ErrorCode.Disconnect:
      return new BusUnavailableError(`${what}: NATS does not answer`, { cause: error });
    case ErrorCode.AuthorizationViolation:
    case ErrorCode.AuthenticationExpired:
      return new BusSetupError(`${what}: NATS refuses the user or the password in NATS_URL`, {
        cause: error,
      });
    default:
      // 503: JetStream is starting or has no leader.
      return error.api_error?.code === 503
        ? new BusUnavailableError(`${what}: JetStream is not ready`, { cause: error })
        : new BusRequestError(`${what}: ${error.message}`, { cause: error });
  }
}

/** Runs an action of the client and turns its errors into the ones above: none of the client's own leaves this package. */
export async function guard<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw translate(error, what);
  }
}
