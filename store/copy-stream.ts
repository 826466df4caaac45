import { EventEmitter } from 'node:events';

/** What the client calls on a query; not in its types. */
interface Settling {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Listens for errors of a COPY in the two places where the client would lose them: in the turn in which the stream is made, before
 * anyone who awaits it could listen; and after the stream was let go, when PostgreSQL refuses the last rows and the query, resolved
 * long ago, is rejected.
 * @param query one that was not started yet
 */
export function onCopyError(query: object, onError: (error: unknown) => void): void {
  const settling = query as Settling;
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
