import type { BodyLease } from './body-memory.ts';
import { RequestError } from './errors.ts';
import { encodingOf, inflate, tooLarge } from './inflate.ts';

/**
 * Reads the body of a request, inflated when it is compressed.
 * @param lease takes the room of the bytes before they are read, as far as the client says how many they are
 * @throws RequestError 413 when the body, compressed or inflated, is larger than `bytesMax`; 415 for an unknown encoding;
 *   400 for a damaged body or one that breaks off. UnavailableError when the lease finds no room.
 */
export async function readBody(
  request: Request,
  lease: BodyLease,
  bytesMax: number,
): Promise<Uint8Array> {
  const encoding = encodingOf(request.headers.get('content-encoding'));
  const body = await readRaw(request, lease, bytesMax);
  if (!encoding) return body;
  // At once and on this thread: only one inflated body exists whose room is not yet taken.
  const text = inflate(body, encoding, bytesMax);
  lease.grow(text.length);
  lease.grow(-body.length);
  discardBody(body);
  return text;
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

async function readRaw(request: Request, lease: BodyLease, bytesMax: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  try {
    if (declared !== null) {
      const length = Number(declared);
      if (length > bytesMax) throw tooLarge(bytesMax, `it has ${length}`);
      lease.grow(length);
      return new Uint8Array(await request.arrayBuffer());
    }
    return request.body ? await readChunks(request.body, lease, bytesMax) : new Uint8Array(0);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      throw new RequestError(400, 'the connection broke off within the body', {}, { cause: error });
    }
    throw error;
  }
}

async function readChunks(
  stream: ReadableStream<Uint8Array>,
  lease: BodyLease,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge(bytesMax, 'it has more');
    lease.grow(chunk.length);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
