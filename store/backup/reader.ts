import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  type BackupClose,
  BackupFormatError,
  type BackupHead,
  CRC_BYTES,
  FORMAT_VERSION,
  MAGIC,
  PAYLOAD_BYTES_MAX,
  RECORD,
  RECORD_HEAD_BYTES,
  type RecordType,
  type SectionEnd,
  type SectionHead,
} from './format.ts';

interface BackupRecord {
  readonly type: number;
  readonly payload: Buffer;
}

/** A part of a backup. */
export interface Section {
  readonly head: SectionHead;
  /**
   * The content in pieces, each valid for good; to be taken to its end before the next section. Its checksum is only known then.
   * @throws BackupFormatError
   */
  content(): Generator<Uint8Array, void, void>;
}

/** Reads a backup from its beginning to its end, a record at a time; every byte is checked. */
export class BackupReader implements Disposable {
  readonly head: BackupHead;
  /** Of the file. */
  readonly size: number;
  readonly #path: string;
  readonly #file: number;
  #bytes = 0;

  /** @throws BackupFormatError; what the file system throws */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
    try {
      this.size = fstatSync(this.#file).size;
      if (!this.#read(MAGIC.length).equals(MAGIC)) this.#fail('it does not begin as one does');
      this.head = this.#json<BackupHead>(this.#expect(this.#next(), RECORD.head));
      if (!(this.head.format <= FORMAT_VERSION)) {
        this.#fail(
          `it has format ${this.head.format}, this release reads up to ${FORMAT_VERSION}: use a later release`,
        );
      }
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Bytes of the file that were read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All sections in order. @throws BackupFormatError, also when the file ends too soon */
  *sections(): Generator<Section, void, void> {
    for (let sections = 0; ; sections++) {
      const record = this.#next();
      if (record.type === RECORD.close) {
        const close = this.#json<BackupClose>(record.payload);
        if (close.sections !== sections) {
          this.#fail(`it has ${sections} sections and should have ${close.sections}`);
        }
        return;
      }
      const head = this.#json<SectionHead>(this.#expect(record, RECORD.begin));
      yield { head, content: () => this.#content() };
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  *#content(): Generator<Uint8Array, void, void> {
    const hash = new Bun.CryptoHasher('sha256');
    let bytes = 0;
    for (;;) {
      const record = this.#next();
      if (record.type === RECORD.end) {
        const end = this.#json<SectionEnd>(record.payload);
        if (end.bytes !== bytes || end.sha256 !== hash.digest('hex')) {
          this.#fail('a section is not what was written');
        }
        return;
      }
      const content = Bun.zstdDecompressSync(this.#expect(record, RECORD.data));
      hash.update(content);
      bytes += content.length;
      yield content;
    }
  }

  #next(): BackupRecord {
    const head = this.#read(RECORD_HEAD_BYTES);
    const length = head.readUInt32LE(1);
    if (length > PAYLOAD_BYTES_MAX) this.#fail('the length of a record can’t be');
    const rest = this.#read(length + CRC_BYTES);
    const payload = rest.subarray(0, length);
    const crc = Bun.hash.crc32(payload, Bun.hash.crc32(head));
    if (crc !== rest.readUInt32LE(length)) this.#fail('the checksum of a record is wrong');
    return { type: head.readUInt8(0), payload };
  }

  #expect(record: BackupRecord, type: RecordType): Buffer {
    if (record.type !== type) this.#fail(`a record is of type ${record.type} instead of ${type}`);
    return record.payload;
  }

  #json<T>(payload: Buffer): T {
    try {
      return JSON.parse(payload.toString()) as T;
    } catch (cause) {
      throw this.#damage('a record is not JSON', cause);
    }
  }

  #read(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const count = readSync(this.#file, bytes, read, length - read, null);
      if (count === 0) this.#fail('it was cut off');
      read += count;
    }
    this.#bytes += length;
    return bytes;
  }

  #fail(what: string): never {
    throw this.#damage(what);
  }

  #damage(what: string, cause?: unknown): BackupFormatError {
    return new BackupFormatError(
      `${this.#path} is no whole backup: ${what} (near byte ${this.#bytes})`,
      { cause },
    );
  }
}
