import { inStatement } from '@overseer/shared/tracing';
import { COPY_HEADER, COPY_TRAILER } from '@overseer/wasm';
import { onCopyError } from './copy-stream.ts';
import type { Transaction } from './postgres.ts';

/**
 * Copies rows into a table in PostgreSQL's binary format.
 * @param target table and columns: `points.m1 (time, series, f1)`
 * @param chunks encoded rows; a chunk may be overwritten as soon as the next one is asked for
 * @param rows how many they are, for traces
 * @returns bytes sent
 */
export function copyIn(
  transaction: Transaction,
  target: string,
  chunks: Iterable<Uint8Array>,
  rows?: number,
): Promise<number> {
  const [table = target] = target.split(' ', 1);
  return inStatement({ operation: 'COPY', table }, async (span) => {
    const bytes = await copy(transaction, target, chunks);
    span?.setAttribute('overseer.copy.bytes', bytes);
    if (rows !== undefined) span?.setAttribute('overseer.rows', rows);
    return bytes;
  });
}

async function copy(
  transaction: Transaction,
  target: string,
  chunks: Iterable<Uint8Array>,
): Promise<number> {
  const query = transaction.unsafe(`COPY ${target} FROM STDIN (FORMAT binary)`);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // Awaited below, maybe later than it is rejected.
  finished.catch(() => undefined);
  onCopyError(query, reject);
  const writable = await query.writable();
  writable.on('finish', resolve);
  let bytes = 0;
  const write = (chunk: Uint8Array) => {
    bytes += chunk.length;
    const written = new Promise<void>((resume) => {
      writable.write(chunk, () => resume());
    });
    return Promise.race([written, finished]);
  };
  try {
    await write(COPY_HEADER);
    for (const chunk of chunks) await write(chunk);
  } catch (error) {
    // Sends CopyFail, so that the connection is usable again.
    writable.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  writable.end(COPY_TRAILER);
  await finished;
  return bytes;
}
