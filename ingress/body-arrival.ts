import type { BodyLease } from './body-memory.ts';
import { RequestError, SlowBodyError } from './errors.ts';
import { tooLarge } from './inflate.ts';

/** A body that is slower than its client may be is given up after this time, at the latest after twice as long. */
export const SLOW_BODY_MS = 10_000;

export interface ArrivalLimits {
  readonly bytesMax: number;
  /** A body that comes slower holds memory for too long. */
  readonly bytesPerSecondMin: number;
}

/**
 * Receives the body of a request as it was sent.
 *
 * Room is taken for what the client declares while there is plenty, which is the fast way: a body of 1 MB takes 0.3 ms of this thread
 * instead of 0.6. When it gets tight, room is taken as the bytes arrive, so that nobody can hold it by a promise of bytes.
 * @throws RequestError 413 when it is larger than the limit, 400 when it breaks off; SlowBodyError; UnavailableError for want of room
 */
export async function receiveBody(
  request: Request,
  lease: BodyLease,
  limits: ArrivalLimits,
): Promise<Uint8Array> {
  const { bytesMax } = limits;
  const declared = request.headers.get('content-length');
  const length = declared === null ? undefined : Number(declared);
  if (length !== undefined && length > bytesMax) throw tooLarge(bytesMax, `it has ${length}`);
  try {
    if (length !== undefined && lease.tryDeclare(length)) {
      return await receiveAtOnce(request, length, limits);
    }
    return request.body ? await receiveInChunks(request.body, lease, limits) : new Uint8Array(0);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      const message = 'the connection broke off within the body';
      throw new RequestError(400, message, {}, { cause: error, reason: 'damaged_body' });
    }
    throw error;
  }
}

/** What has arrived is not seen here, so all of it has the time that its slowest would take. */
async function receiveAtOnce(
  request: Request,
  length: number,
  { bytesPerSecondMin }: ArrivalLimits,
): Promise<Uint8Array> {
  const { promise: slow, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new SlowBodyError(bytesPerSecondMin)),
    SLOW_BODY_MS + (length / bytesPerSecondMin) * 1000,
  );
  try {
    return new Uint8Array(await Promise.race([request.arrayBuffer(), slow]));
  } finally {
    clearTimeout(timer);
  }
}

async function receiveInChunks(
  stream: ReadableStream<Uint8Array>,
  lease: BodyLease,
  { bytesMax, bytesPerSecondMin }: ArrivalLimits,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let lengthBefore = 0;
  let isSlow = false;
  const reader = stream.getReader();
  const timer = setInterval(() => {
    isSlow = (length - lengthBefore) * 1000 < bytesPerSecondMin * SLOW_BODY_MS;
    lengthBefore = length;
    // What is being waited for comes as the end of the stream then.
    if (isSlow) reader.cancel().catch(() => undefined);
  }, SLOW_BODY_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isSlow) throw new SlowBodyError(bytesPerSecondMin);
      if (done) return joined(chunks, length);
      length += value.length;
      if (length > bytesMax) throw tooLarge(bytesMax, 'it has more');
      lease.grow(value.length);
      chunks.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
