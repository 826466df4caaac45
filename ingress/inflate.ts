import {
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
  zstdDecompressSync,
} from 'node:zlib';
import { RequestError } from './errors.ts';
import { quoted } from './write-parameters.ts';
import { zstdWindowBytes } from './zstd-frames.ts';

/** How a body is compressed, by the names of HTTP. */
export type Encoding = 'gzip' | 'deflate' | 'zstd';

const NAMES: ReadonlyMap<string, Encoding | undefined> = new Map([
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zstd', 'zstd'],
]);

const VALID = 'gzip, deflate, zstd';

interface InflateOptions {
  readonly maxOutputLength: number;
}

type Inflate = (body: Uint8Array, options: InflateOptions) => Uint8Array;

const INFLATES: Readonly<Record<Encoding, Inflate>> = {
  gzip: (body, options) => inflateWhole(gunzipSync, body, options),
  deflate: (body, options) =>
    inflateWhole(hasZlibHeader(body) ? inflateSync : inflateRawSync, body, options),
  zstd: inflateZstd,
};

/**
 * How the body of a request is compressed; undefined when it is not.
 * @param header its `Content-Encoding`
 * @throws RequestError 415
 */
export function encodingOf(header: string | null): Encoding | undefined {
  const name = header?.trim().toLowerCase() ?? '';
  if (NAMES.has(name)) return NAMES.get(name);
  throw new RequestError(
    415,
    `content-encoding is ${quoted(header ?? '')}; valid is one of ${VALID}, or none at all`,
    { 'accept-encoding': VALID },
    { reason: 'encoding' },
  );
}

/**
 * Inflates a body in memory of its own.
 * @throws RequestError 413 when it becomes larger than `bytesMax`, 400 when it is damaged
 */
export function inflate(body: Uint8Array, encoding: Encoding, bytesMax: number): Uint8Array {
  try {
    return INFLATES[encoding](body, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (cause instanceof RequestError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(bytesMax, 'inflated it has more');
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the body is no valid ${encoding}: ${reason}`;
    throw new RequestError(400, message, {}, { cause, reason: 'damaged_body' });
  }
}

/** @param found what is known of the body's size */
export function tooLarge(bytesMax: number, found: string): RequestError {
  return new RequestError(
    413,
    `the body is too large: the limit is ${bytesMax} bytes, ${found}; send it in parts`,
    {},
    { reason: 'body_bytes_max' },
  );
}

/** What zlib gives besides the text when it is asked for information, of which the types of Node don't know. */
interface Inflated {
  readonly buffer: Uint8Array;
  /** `bytesWritten` counts what it has read of the body. */
  readonly engine: { readonly bytesWritten: number };
}

/** Zlib passes over what follows the end of the data, where lines of a client could get lost. */
function inflateWhole(
  zlib: (body: Uint8Array, options: ZlibOptions) => unknown,
  body: Uint8Array,
  options: InflateOptions,
): Uint8Array {
  const { buffer, engine } = zlib(body, { ...options, info: true }) as Inflated;
  const rest = body.length - engine.bytesWritten;
  if (rest > 0) throw new Error(`${rest} bytes follow its end`);
  return buffer;
}

/** A frame's window is memory besides the text, and nobody needs one that is larger than the text may be. */
function inflateZstd(body: Uint8Array, options: InflateOptions): Uint8Array {
  const { maxOutputLength } = options;
  const windowBytes = zstdWindowBytes(body);
  if (windowBytes > maxOutputLength) {
    throw tooLarge(maxOutputLength, `inflating it takes a window of ${windowBytes}`);
  }
  return zstdDecompressSync(body, options);
}

/** The standard means the format of zlib by "deflate"; some clients leave out its header. */
function hasZlibHeader(body: Uint8Array): boolean {
  const [method = 0, flags = 0] = body;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}
