import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Fast: what is written is mostly limited by it. */
const GZIP_LEVEL = 1;

/** Whoever read standard output stopped reading, as `head` does: there is nobody left to write for, which is no failure. */
export class OutputClosedError extends Error {
  override name = 'OutputClosedError';
}

/**
 * Where a command writes its data: standard output, or a file, which has its name only when it is whole. Gzip when the name ends
 * in `.gz`.
 */
export class DataOutput implements AsyncDisposable {
  readonly #stream: Writable;
  /** The last one of the streams; the first one unless it is compressed. */
  readonly #sink: Writable;
  #failure: Error | undefined;
  #isWhole = false;

  /** @param path undefined: standard output */
  constructor(private readonly path: string | undefined) {
    this.#sink = path === undefined ? process.stdout : createWriteStream(unfinished(path));
    this.#sink.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??=
        error.code === 'EPIPE' && path === undefined
          ? new OutputClosedError('nobody reads the output', { cause: error })
          : error;
    });
    this.#stream = this.#sink;
    if (path?.endsWith('.gz')) {
      this.#stream = createGzip({ level: GZIP_LEVEL });
      this.#stream.pipe(this.#sink);
    }
  }

  /** Waits while more was written than was taken. The bytes must not be changed afterwards. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#stream.write(bytes)) return;
    await Promise.race([
      once(this.#stream, 'drain'),
      // What stops the last stream never drains the first one.
      once(this.#sink, 'error').then(() => undefined),
    ]).catch(() => undefined);
    if (this.#failure) throw this.#failure;
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    if (this.path !== undefined) {
      this.#stream.end();
      await finished(this.#sink);
      renameSync(unfinished(this.path), this.path);
    }
    if (this.#failure) throw this.#failure;
    this.#isWhole = true;
  }

  /** Removes a file that is not whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.path === undefined || this.#isWhole) return;
    this.#sink.destroy();
    rmSync(unfinished(this.path), { force: true });
  }
}

const unfinished = (path: string) => `${path}.unfinished`;
