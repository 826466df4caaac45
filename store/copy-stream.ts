import { EventEmitter } from 'node:events';

/** What the client has on a query and does not tell in its types. */
interface Query {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  /** Its session, once it was sent. */
  state: object | null;
  /** Whether PostgreSQL is at it: only then does cancelling it ask PostgreSQL to stop. */
  active: boolean;
  /** Sends a request to cancel; done when PostgreSQL has it. */
  canceller: (query: unknown) => Promise<void>;
}

/** PostgreSQL ignores a request that comes before the statement that it is for: it is repeated until the statement ends. */
const CANCEL_INTERVAL_MS = 20;

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
 * Makes PostgreSQL stop a COPY, which then fails like any other. The promise is done when the COPY is over and no request is under way
 * any more: before that, its connection must not be given to others, whose statement could be hit instead.
 * @param finished settles when the COPY is over
 */
export async function cancelCopy(query: object, finished: Promise<unknown>): Promise<void> {
  const running = query as Query;
  let isOver = false;
  const over = finished.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    // One that was not sent yet the client would drop, and the connection wait for its answer for ever.
    if (running.state !== null) {
      // The client takes a COPY for finished as soon as its stream was made.
      running.active = true;
      // A request that fails costs time only: the next one, or the end of the statement, will do.
      await running.canceller(query).catch(() => undefined);
    }
    await Promise.race([over, Bun.sleep(CANCEL_INTERVAL_MS)]);
  }
}
