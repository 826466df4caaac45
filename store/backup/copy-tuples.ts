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
    const known = held.length + bytes.length - TRAILER_BYTES;
    if (known <= 0) {
      held = Buffer.concat([held, bytes]);
      return;
    }
    const ofHeld = Math.min(known, held.length);
    if (ofHeld > 0) take(held.subarray(0, ofHeld));
    const ofBytes = known - ofHeld;
    if (ofBytes > 0) take(bytes.subarray(0, ofBytes));
    held = Buffer.concat([held.subarray(ofHeld), bytes.subarray(ofBytes)]);
  });
}
