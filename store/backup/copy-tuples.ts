import { COPY_HEADER_BYTES, streamCopy } from '../copy-out.ts';
import type { Transaction } from '../postgres.ts';

/** A binary COPY ends with the number −1 in place of a tuple's number of columns. */
const TRAILER_BYTES = 2;

/**
 * Reads rows by binary COPY; hands on the tuples as they come, cut anywhere, without header and trailer.
 * @param take gets each piece, which is only valid until it returns
 */
export async function copyTuples(
  transaction: Transaction,
  query: string,
  take: (tuples: Uint8Array) => void,
): Promise<void> {
  let skip = COPY_HEADER_BYTES;
  /** The last bytes so far, which are the trailer if nothing follows. */
  let held: Buffer = Buffer.alloc(0);
  await streamCopy(transaction, query, (chunk) => {
    const bytes = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - bytes.length;
    // PostgreSQL sends each row by itself, so this is once a row: nothing is copied.
    if (bytes.length >= TRAILER_BYTES) {
      if (held.length > 0) take(held);
      take(bytes.subarray(0, -TRAILER_BYTES));
      held = bytes.subarray(-TRAILER_BYTES);
      return;
    }
    const all = Buffer.concat([held, bytes]);
    const known = Math.max(all.length - TRAILER_BYTES, 0);
    take(all.subarray(0, known));
    held = all.subarray(known);
  });
}
