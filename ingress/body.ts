import { gunzipSync } from 'node:zlib';
import type { BodyLease } from './body-memory.ts';
import { RequestError } from './errors.ts';

/**
 * Reads the body of a request, inflated when it is compressed.
 * @param lease takes the room of the bytes before they are read, as far as the client says how many they are
 * @throws RequestError 413 when the body, compressed or inflated, is larger than `bytesMax`; 415 for an encoding other than
 *   gzip; 400 for damaged gzip or a body that breaks off. UnavailableError when the lease finds no room.
 */
export async function readBody(
  request: Request,
  lease: BodyLease,
  bytesMax: number,
): Promise<Uint8Array> {
  const inflated = isCompressed(request.headers.get('content-encoding'));
  const body = await readRaw(request, lease, bytesMax);
  if (!inflated) return body;
  // At once and on this thread: only one inflated body exists whose room is not yet taken.
  const text = inflate(body, bytesMax);
  lease.grow(text.length);
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

function isCompressed(encoding: string | null): boolean {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return false;
    case 'gzip':
    case 'x-gzip':
      return true;
    default:
      throw new RequestError(
        415,
        `content-encoding is "${encoding}"; valid is gzip, or none at all`,
        { 'accept-encoding': 'gzip' },
      );
  }
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

function inflate(body: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: bytesMax });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(bytesMax, 'inflated it has more');
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError(400, `the body is no valid gzip: ${reason}`, {}, { cause });
  }
}

function tooLarge(bytesMax: number, found: string): RequestError {
  return new RequestError(
    413,
    `the body is too large: the limit is ${bytesMax} bytes, ${found}; send it in parts`,
  );
}
