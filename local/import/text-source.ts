import { createReadStream, type Stats, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandError } from '../commands/command.ts';

const CHUNK_BYTES = 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;
const STANDARD_INPUT = '-';

/** The text of a file or of standard input. Whether it is gzip, its first bytes say. */
export class TextSource {
  #bytesRead = 0;

  private constructor(
    private readonly name: string,
    /** Of a file that can be read again; undefined for a pipe. */
    readonly stats: Stats | undefined,
  ) {}

  /** @param name of a file, or `-` for standard input. @throws CommandError when it is not there */
  static open(name: string): TextSource {
    if (name === STANDARD_INPUT) return new TextSource(name, undefined);
    let stats: Stats;
    try {
      stats = statSync(name);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const reason = code === 'ENOENT' ? 'there is no such file' : code;
      throw new CommandError(`Can't read ${name}: ${reason}.`, { cause });
    }
    if (stats.isDirectory()) {
      throw new CommandError(`Can't read ${name}: it is a folder. Name the files in it.`);
    }
    return new TextSource(name, stats.isFile() ? stats : undefined);
  }

  /** As the user knows it. */
  get label(): string {
    return this.name === STANDARD_INPUT ? 'standard input' : this.name;
  }

  /** What there is to read, if it is known. */
  get bytes(): number | undefined {
    return this.stats?.size;
  }

  /** How far it was read, as `bytes` counts. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * The text from an offset on.
   * @throws CommandError when it can't be read to its end
   */
  async *read(offset: number): AsyncGenerator<Uint8Array> {
    try {
      const isGzip = this.stats !== undefined && (await startsAsGzip(this.name));
      // Of gzip, what comes before has to be decompressed again.
      const skipped = this.stats !== undefined && !isGzip ? offset : 0;
      this.#bytesRead = skipped;
      yield* dropFirst(decompressed(this.#chunks(skipped)), offset - skipped);
    } catch (cause) {
      if (cause instanceof CommandError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CommandError(
        `Can't read ${this.label} beyond byte ${this.#bytesRead}: ${reason}. What came before was imported.`,
        { cause },
      );
    }
  }

  /** As they lie there. */
  async *#chunks(start: number): AsyncGenerator<Uint8Array> {
    const stream =
      this.name === STANDARD_INPUT
        ? process.stdin
        : createReadStream(this.name, { start, highWaterMark: CHUNK_BYTES });
    for await (const chunk of stream) {
      this.#bytesRead += chunk.length;
      yield chunk;
    }
  }
}

async function startsAsGzip(name: string): Promise<boolean> {
  return isGzip(await Bun.file(name).slice(0, GZIP_MAGIC.length).bytes());
}

const isGzip = (bytes: Uint8Array) => GZIP_MAGIC.every((byte, index) => bytes[index] === byte);

/** The chunks, without their compression if they have one. */
async function* decompressed(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done) return;
  if (!isGzip(first.value)) {
    yield first.value;
    yield* chunks;
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const all = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  // Errors of both are the iteration's.
  pipeline(Readable.from(all), gunzip, () => undefined);
  yield* gunzip;
}

async function* dropFirst(
  chunks: AsyncGenerator<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let rest = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > rest) yield chunk.subarray(rest);
    rest = Math.max(rest - chunk.length, 0);
  }
}
