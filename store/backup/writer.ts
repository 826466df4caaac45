import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type BackupClose,
  type BackupHead,
  CRC_BYTES,
  DATA_BYTES,
  MAGIC,
  RECORD,
  RECORD_HEAD_BYTES,
  type RecordType,
  type SectionEnd,
  type SectionHead,
} from './format.ts';

const COMPRESSION_LEVEL = 3;

/** Where a backup is until it is whole. */
export const unfinishedPath = (path: string) => `${path}.unfinished`;

/**
 * Writes a backup, record by record, to a file that has another name until it is whole and on disk. Synchronously: what comes from
 * PostgreSQL waits in its socket meanwhile, and not in memory.
 */
export class BackupWriter implements Disposable {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(DATA_BYTES);
  #buffered = 0;
  #hash = new Bun.CryptoHasher('sha256');
  #sectionBytes = 0;
  #sections = 0;
  #bytes = 0;
  #isFinished = false;

  constructor(path: string, head: BackupHead) {
    this.#path = path;
    this.#unfinished = unfinishedPath(path);
    // For its owner alone: it has everything, and the seed.
    this.#file = openSync(this.#unfinished, 'w', 0o600);
    this.#write(MAGIC);
    this.#writeJson(RECORD.head, head);
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  get sections(): number {
    return this.#sections;
  }

  begin(section: SectionHead): void {
    this.#hash = new Bun.CryptoHasher('sha256');
    this.#sectionBytes = 0;
    this.#writeJson(RECORD.begin, section);
  }

  /** @param chunk may be changed afterwards */
  add(chunk: Uint8Array): void {
    this.#sectionBytes += chunk.length;
    for (let start = 0; start < chunk.length; ) {
      const part = chunk.subarray(start, start + DATA_BYTES - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      start += part.length;
      if (this.#buffered === DATA_BYTES) this.#flush();
    }
  }

  end(): void {
    this.#flush();
    const end: SectionEnd = { bytes: this.#sectionBytes, sha256: this.#hash.digest('hex') };
    this.#writeJson(RECORD.end, end);
    this.#sections++;
  }

  /** The file is whole: gives it its name, and waits until both are on disk. */
  finish(): void {
    const close: BackupClose = { sections: this.#sections };
    this.#writeJson(RECORD.close, close);
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#isFinished = true;
    renameSync(this.#unfinished, this.#path);
    syncFolder(dirname(this.#path));
  }

  /** Removes what was not finished. */
  [Symbol.dispose](): void {
    if (this.#isFinished) return;
    closeSync(this.#file);
    rmSync(this.#unfinished, { force: true });
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    const content = this.#buffer.subarray(0, this.#buffered);
    this.#hash.update(content);
    this.#writeRecord(RECORD.data, Bun.zstdCompressSync(content, { level: COMPRESSION_LEVEL }));
    this.#buffered = 0;
  }

  #writeJson(type: RecordType, value: object): void {
    this.#writeRecord(type, Buffer.from(JSON.stringify(value)));
  }

  #writeRecord(type: RecordType, payload: Uint8Array): void {
    const record = Buffer.allocUnsafe(RECORD_HEAD_BYTES + payload.length + CRC_BYTES);
    record.writeUInt8(type, 0);
    record.writeUInt32LE(payload.length, 1);
    record.set(payload, RECORD_HEAD_BYTES);
    const end = RECORD_HEAD_BYTES + payload.length;
    record.writeUInt32LE(Bun.hash.crc32(record.subarray(0, end)), end);
    this.#write(record);
  }

  #write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written);
    }
    this.#bytes += bytes.length;
  }
}

/** So that the name survives a power failure as well. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
