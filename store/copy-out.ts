import { cancelCopy, onCopyError } from './copy-stream.ts';
import type { Database, Transaction } from './postgres.ts';

/** Header of a binary COPY with an empty extension. */
export const COPY_HEADER_BYTES = 19;
const TRAILER_BYTES = 2;

/**
 * Reads rows by binary COPY and hands on the bytes as they come, header and trailer too. By 'data' events: iterating over the stream
 * hangs under Bun after some megabytes. Nothing queues up in between: who takes is done with a chunk when he returns, or when what
 * he returned is; until then PostgreSQL waits, apart from what the client has read of the socket already.
 * @param transaction keeps its connection until the COPY is over, whichever way it ends
 * @param take gets each chunk, which it may keep; what it throws ends the COPY
 * @param signal ends the COPY; its reason is thrown
 */
export async function streamCopy(
  transaction: Transaction,
  query: string,
  take: (chunk: Buffer) => void | Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const pending = transaction.unsafe(`COPY (${query}) TO STDOUT (FORMAT binary)`);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // Awaited below, maybe later than it is rejected.
  finished.catch(() => undefined);
  let stopped: { readonly reason: unknown; readonly over: Promise<void> } | undefined;
  const stop = (reason: unknown) => {
    // What is on its way still comes, and is dropped.
    stopped ??= { reason, over: cancelCopy(pending, finished) };
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  try {
    onCopyError(pending, reject);
    const readable = await pending.readable();
    readable.on('data', (chunk: Buffer) => {
      if (stopped) return;
      try {
        const taking = take(chunk);
        if (!taking) return;
        readable.pause();
        // On also when it failed: what is on its way must come before the COPY is over.
        void taking.catch(stop).finally(() => readable.resume());
      } catch (error) {
        stop(error);
      }
    });
    readable.on('end', resolve);
    await finished;
  } catch (error) {
    if (!stopped) throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await stopped?.over;
  }
  if (stopped) throw stopped.reason;
}

/**
 * Reads rows by binary COPY; gives the bytes of the tuples, without header and trailer, all at once.
 * @param bytesMax limit of the result, which may have just as many
 * @throws RangeError when the result is larger
 */
export async function copyOut(
  database: Database,
  query: string,
  bytesMax: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const streamBytesMax = COPY_HEADER_BYTES + bytesMax + TRAILER_BYTES;
  let bytes = 0;
  await database.begin('read only', (transaction) =>
    streamCopy(transaction, query, (chunk) => {
      bytes += chunk.length;
      if (bytes > streamBytesMax) {
        throw new RangeError(`the answer is larger than the limit of ${bytesMax} bytes`);
      }
      chunks.push(chunk);
    }),
  );
  return Buffer.concat(chunks).subarray(COPY_HEADER_BYTES, bytes - TRAILER_BYTES);
}
