import { COPY_HEADER, COPY_TRAILER } from '@overseer/wasm';
import type { Transaction } from './postgres.ts';

/**
 * Copies rows into a table in PostgreSQL's binary format.
 * @param target table and columns: `points.m1 (time, series, f1)`
 * @param chunks encoded rows; each chunk must stay as it is until the copy ends
 * @returns bytes sent
 */
export async function copyIn(
  transaction: Transaction,
  target: string,
  chunks: Iterable<Uint8Array>,
): Promise<number> {
  const query = transaction.unsafe(`COPY ${target} FROM STDIN (FORMAT binary)`);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // Awaited below, maybe later than it is rejected.
  finished.catch(() => undefined);
  onLateError(query, reject);
  const writable = await query.writable();
  let failed = false;
  let drained: (() => void) | undefined;
  writable.on('finish', resolve);
  writable.on('drain', () => drained?.());
  writable.on('error', (error) => {
    failed = true;
    reject(error);
    drained?.();
  });
  let bytes = 0;
  const write = async (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (failed || writable.write(chunk)) return;
    await new Promise<void>((resume) => {
      drained = resume;
    });
  };
  try {
    await write(COPY_HEADER);
    for (const chunk of chunks) await write(chunk);
    writable.end(COPY_TRAILER);
  } catch (error) {
    // Sends CopyFail, so that the connection is usable again.
    writable.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  await finished;
  return bytes;
}

/**
 * PostgreSQL may refuse the last rows only after it was told that the copy is done. The client has let go of the stream by then
 * and rejects the query, which was resolved long ago with the stream: the error would be lost and 'finish' never come. So
 * the rejection is listened to.
 */
function onLateError(query: object, callback: (error: unknown) => void): void {
  const rejectable = query as { reject: (error: unknown) => void };
  const reject = rejectable.reject;
  rejectable.reject = (error) => {
    reject(error);
    callback(error);
  };
}
