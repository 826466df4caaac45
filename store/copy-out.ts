import type { Database, Transaction } from './postgres.ts';

/** Header of a binary COPY with an empty extension. */
const HEADER_BYTES = 19;
const TRAILER_BYTES = 2;

/**
 * Reads rows by binary COPY; gives the bytes of the tuples, without header and trailer, all at once.
 * By 'data' events: iterating over the stream hangs under Bun after some megabytes.
 * @param bytesMax limit of the result
 * @throws RangeError when the result is larger
 */
export async function copyOut(
  database: Database | Transaction,
  query: string,
  bytesMax: number,
): Promise<Buffer> {
  const readable = await database.unsafe(`COPY (${query}) TO STDOUT (FORMAT binary)`).readable();
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    readable.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        readable.destroy(
          new RangeError(`the answer is larger than the limit of ${bytesMax} bytes`),
        );
      } else {
        chunks.push(chunk);
      }
    });
    readable.on('end', resolve);
    readable.on('error', reject);
  });
  return Buffer.concat(chunks).subarray(HEADER_BYTES, bytes - TRAILER_BYTES);
}
