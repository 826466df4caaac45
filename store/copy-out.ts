import { onCopyError } from './copy-stream.ts';
import type { Database, Transaction } from './postgres.ts';

/** Header of a binary COPY with an empty extension. */
const HEADER_BYTES = 19;
const TRAILER_BYTES = 2;

/**
 * Reads rows by binary COPY; gives the bytes of the tuples, without header and trailer, all at once.
 * By 'data' events: iterating over the stream hangs under Bun after some megabytes.
 * @param bytesMax limit of the result, which may have just as many
 * @throws RangeError when the result is larger
 */
export async function copyOut(
  database: Database | Transaction,
  query: string,
  bytesMax: number,
): Promise<Buffer> {
  const pending = database.unsafe(`COPY (${query}) TO STDOUT (FORMAT binary)`);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // Awaited below, maybe later than it is rejected.
  finished.catch(() => undefined);
  const chunks: Buffer[] = [];
  const streamBytesMax = HEADER_BYTES + bytesMax + TRAILER_BYTES;
  let bytes = 0;
  onCopyError(pending, (error) => (bytes > streamBytesMax ? resolve() : reject(error)));
  const readable = await pending.readable();
  readable.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= streamBytesMax) {
      chunks.push(chunk);
    } else if (chunks.length > 0) {
      // What is on its way still comes, and must be read for the connection to be usable again.
      chunks.length = 0;
      pending.cancel();
    }
  });
  readable.on('end', resolve);
  await finished;
  if (bytes > streamBytesMax) {
    throw new RangeError(`the answer is larger than the limit of ${bytesMax} bytes`);
  }
  return Buffer.concat(chunks).subarray(HEADER_BYTES, bytes - TRAILER_BYTES);
}
