import { EventEmitter } from 'node:events';

/** What the client has on a query and does not tell in its types. */
interface Query {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  /** Whether PostgreSQL is at it: only then does cancelling it ask PostgreSQL to stop. */
  active: boolean;
  /** Gives a promise, the first time. */
  cancel: () => unknown;
}

/**
 * Listens for errors of a COPY in the two places where the client would lose them: in the turn in which the stream is made, before
 * anyone who awaits it could listen; and after the stream was let go, when PostgreSQL refuses the last rows and the query, resolved
 * long ago, is rejected.
 * @param query one that was not started yet
 */
export function onCopyError(query: object, onError: (error: unknown) => void): void {
  const settling = query as Query;
  const { resolve, reject } = settling;
  // Called with the stream first, and with the result when the COPY is over.
  settling.resolve = (value) => {
    if (value instanceof EventEmitter) value.on('error', onError);
    resolve(value);
  };
  settling.reject = (error) => {
    reject(error);
    onError(error);
  };
}

/**
 * Asks PostgreSQL to stop a COPY that is not over yet; it then fails like any other. The promise is done when PostgreSQL was told:
 * before that, its connection must not be given to others, whose statement would be hit instead.
 */
export async function cancelCopy(query: object): Promise<void> {
  const running = query as Query;
  // The client takes a COPY for finished as soon as its stream was made.
  running.active = true;
  await running.cancel();
}
