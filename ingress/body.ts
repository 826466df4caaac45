import { type ArrivalLimits, receiveBody } from './body-arrival.ts';
import type { BodyLease } from './body-memory.ts';
import { encodingOf, inflate } from './inflate.ts';

export interface ReceivedBody {
  /** Inflated when it was compressed. */
  readonly body: Uint8Array;
  /** As it was sent. */
  readonly receivedBytes: number;
}

/**
 * Reads the body of a request.
 * @param lease takes the room of the bytes
 * @throws RequestError 413 when the body, compressed or inflated, is larger than `bytesMax`; 415 for an unknown encoding;
 *   400 for a damaged body or one that breaks off. SlowBodyError; UnavailableError when the lease finds no room.
 */
export async function readBody(
  request: Request,
  lease: BodyLease,
  limits: ArrivalLimits,
): Promise<ReceivedBody> {
  const encoding = encodingOf(request.headers.get('content-encoding'));
  const sent = await receiveBody(request, lease, limits);
  const receivedBytes = sent.length;
  if (!encoding) return { body: sent, receivedBytes };
  // At once and on this thread: only one inflated body exists whose room is not yet taken.
  const body = inflate(sent, encoding, limits.bytesMax);
  lease.grow(body.length);
  lease.grow(-receivedBytes);
  discardBody(sent);
  return { body, receivedBytes };
}

/**
 * Frees the memory of a body now and not at some garbage collection: the next body gets it while it is still in the cache. With
 * bodies of 1 MB this halved the memory of ingress (295 to 165 MB) and took a fifth off its CPU time.
 */
export function discardBody(body: Uint8Array): void {
  const { buffer } = body;
  // Node's small buffers are parts of a larger one.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength) buffer.transfer(0);
}
