import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { InterruptedError } from '../commands/command.ts';

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
  readonly #failed = Promise.withResolvers<void>();
  #isWhole = false;

  /**
   * @param path undefined: standard output
   * @param signal a reader that has stopped reading is not waited for any more
   */
  constructor(
    private readonly path: string | undefined,
    signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => {
      this.#failure ??= new InterruptedError('Interrupted.');
      this.#failed.resolve();
    });
    this.#sink = path === undefined ? process.stdout : createWriteStream(unfinished(path));
    this.#sink.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??=
        error.code === 'EPIPE' && path === undefined
          ? new OutputClosedError('nobody reads the output', { cause: error })
          : error;
      this.#failed.resolve();
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
    // What stops the last stream never drains the first one.
    await Promise.race([once(this.#stream, 'drain').catch(() => undefined), this.#failed.promise]);
    if (this.#failure) throw this.#failure;
  }

  /** Waits until all is written, and gives the file its name. */
  async finish(): Promise<void> {
    if (this.path !== undefined) {
      this.#stream.end();
      await Promise.race([finished(this.#sink).catch(() => undefined), this.#failed.promise]);
    }
    if (this.#failure) throw this.#failure;
    if (this.path !== undefined) renameSync(unfinished(this.path), this.path);
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
