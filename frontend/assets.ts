import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf } from '@overseer/shared/access';
import { acceptsGzip } from './api/streamed-answer.ts';
import { StartError } from './errors.ts';
import { EXPLORE_PATH, isPagePath } from './model/page-paths.ts';

/** Files under it have a hash of their content in their names. */
const HASHED_FOLDER = 'assets/';
const INDEX = 'index.html';
const COMPRESSED = '.gz';

const CACHE_FOR_EVER = 'public, max-age=31536000, immutable';
/** May be kept, but asked for again before each use. */
const CACHE_WITH_QUESTION = 'no-cache';

/** Scripts and styles of our own alone; `connect-src 'self'` includes the live connection. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Where the page reads the address of ingress. */
const INGRESS_META = /(<meta name="overseer-ingress" content=")[^"]*(")/;

interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
}

/** The built page, in memory: a request can name nothing but what was there at the start. */
export class Assets {
  /** By path, from the root slash on. */
  readonly #assets = new Map<string, Asset>();

  /**
   * @param folder made by `bun frontend/build.ts`
   * @param writeUrl where points are written to, for the page to show
   * @throws StartError when the page was not built
   */
  constructor(folder: string, writeUrl: string) {
    if (!existsSync(join(folder, INDEX))) {
      throw new StartError(
        `${folder} has no ${INDEX}: build the page with "bun frontend/build.ts"`,
      );
    }
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith(COMPRESSED)) continue;
      const read = readFile(join(folder, name));
      if (read && name === INDEX) this.#assets.set(EXPLORE_PATH, indexAsset(read, writeUrl));
      else if (read)
        this.#assets.set(`/${name}`, asset(name, read, readFile(join(folder, `${name}.gz`))));
    }
  }

  /** The answer for a path; undefined when nothing is there. */
  answer(request: Request): Response | undefined {
    const path = pathOf(request);
    const found = this.#assets.get(isPagePath(path) ? EXPLORE_PATH : path);
    if (!found) return undefined;
    const { bytes, gzip, headers, etag } = found;
    if (request.headers.get('if-none-match')?.includes(etag)) {
      return new Response(null, { status: 304, headers });
    }
    if (!gzip || !acceptsGzip(request)) return new Response(bytes, { headers });
    return new Response(gzip, { headers: { ...headers, 'content-encoding': 'gzip' } });
  }
}

function indexAsset(read: Uint8Array, writeUrl: string): Asset {
  const { origin, pathname } = new URL(writeUrl);
  const address = `${origin}${pathname}`.replace(/\/$/, '');
  const html = new TextDecoder().decode(read).replace(INGRESS_META, `$1${address}$2`);
  return asset(INDEX, new TextEncoder().encode(html), undefined);
}

function asset(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  compressed: Uint8Array<ArrayBuffer> | undefined,
): Asset {
  const type = Bun.file(name).type;
  const isText = /^text\/|json|javascript|svg/.test(type);
  const etag = `"${Bun.hash(bytes).toString(36)}"`;
  const headers = {
    'content-type': type,
    'cache-control': name.startsWith(HASHED_FOLDER) ? CACHE_FOR_EVER : CACHE_WITH_QUESTION,
    etag,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...(name.endsWith('.html') && { 'content-security-policy': CONTENT_SECURITY_POLICY }),
  };
  return { bytes, gzip: compressed ?? (isText ? Bun.gzipSync(bytes) : undefined), headers, etag };
}

/** Undefined for a folder, and for what is not there. */
function readFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') return undefined;
    throw error;
  }
}
