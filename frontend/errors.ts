import {
  AnswerError,
  type AnswerErrorKind,
  BusUnavailableError,
  StreamReplacedError,
} from '@overseer/shared';
import { AccessError } from '@overseer/shared/access';

/** The client's mistake in HTTP itself. */
export class RequestError extends Error {
  override name = 'RequestError';

  constructor(
    readonly status: 404 | 405 | 413 | 421 | 428,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The operator's mistake: the frontend can't start as it is. The message says what to do. */
export class StartError extends Error {
  override name = 'StartError';
}

/** What nginx made of a client that went away, and Prometheus took over. */
const CLIENT_CLOSED_REQUEST = 499;
/** A store that restarts is back within some seconds. */
const RETRY_SECONDS = '2';

/** Status and errorType as Prometheus has them; it knows no more types than these. */
const ANSWERS: Readonly<Record<AnswerErrorKind, readonly [status: number, errorType: string]>> = {
  bad_data: [400, 'bad_data'],
  unsupported: [400, 'bad_data'],
  execution: [422, 'execution'],
  limit: [422, 'execution'],
  canceled: [CLIENT_CLOSED_REQUEST, 'canceled'],
  timeout: [503, 'timeout'],
  unavailable: [503, 'unavailable'],
  internal: [500, 'internal'],
};

const UNSUPPORTED = 'not supported';

/** An error that a client can be told; undefined for one that should not happen. */
export function answerError(error: unknown): AnswerError | undefined {
  if (error instanceof AnswerError) return error;
  // A bucket that is gone is made again by the store, when that starts.
  if (error instanceof BusUnavailableError || error instanceof StreamReplacedError) {
    return new AnswerError('unavailable', error.message, { cause: error });
  }
  return undefined;
}

/** The words for an error, with its position before them as in Prometheus: `1:5: parse error: unexpected "}"`. */
export function describeError({ kind, message, position }: AnswerError): string {
  const words =
    kind === 'unsupported' && !message.includes(UNSUPPORTED)
      ? `${UNSUPPORTED}: ${message}`
      : message;
  if (!position) return words;
  // Whatever has a position and is found before the evaluation is wrong with the text.
  const isOfText = kind === 'bad_data' || kind === 'unsupported';
  return `${position.line}:${position.column}: ${isOfText ? 'parse error: ' : ''}${words}`;
}

/** An error in the shape of Prometheus' HTTP API. */
export function errorAnswer(error: AnswerError): Response {
  const [status, errorType] = ANSWERS[error.kind];
  const { position } = error;
  return Response.json(
    { status: 'error', errorType, error: describeError(error), ...(position && { position }) },
    { status, headers: status === 503 ? { 'retry-after': RETRY_SECONDS } : {} },
  );
}

/** The same shape for mistakes in HTTP. */
export function requestErrorAnswer({ status, message, headers }: RequestError): Response {
  const errorType = status === 404 ? 'not_found' : 'bad_data';
  return Response.json(
    { status: 'error', errorType, error: message },
    { status, headers: { ...headers } },
  );
}

/** What browsers are not to ask for a name and a password themselves: there is a page for that. */
const CHALLENGE = 'Bearer realm="overseer"';

/** The same shape for those who may not. */
export function accessErrorAnswer({ status, message }: AccessError): Response {
  const errorType = status === 401 ? 'unauthorized' : 'forbidden';
  return Response.json(
    { status: 'error', errorType, error: message },
    { status, headers: status === 401 ? { 'www-authenticate': CHALLENGE } : {} },
  );
}

/** The answer to an error of any kind that a client can be told; undefined for one that should not happen. */
export function knownErrorAnswer(error: unknown): Response | undefined {
  if (error instanceof RequestError) return requestErrorAnswer(error);
  if (error instanceof AccessError) return accessErrorAnswer(error);
  const told = answerError(error);
  return told && errorAnswer(told);
}

export function internalErrorAnswer(): Response {
  return errorAnswer(
    new AnswerError('internal', 'an error within the frontend; its log has the details'),
  );
}
