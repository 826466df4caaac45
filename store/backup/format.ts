/**
 * The container of a backup; docs/backup.md describes it byte by byte.
 *
 * ```
 * file:    MAGIC  record …
 * record:  type u8 │ length u32 │ payload │ crc32 u32 of everything before it in the record      (little-endian)
 * ```
 *
 * In this order: one HEAD, then for each section a BEGIN, its DATA and an END, and one CLOSE; a file without it was cut off.
 */

export const MAGIC = Buffer.from('OVERSEER BACKUP\n');
/** Version of the container and of what is in it. */
export const FORMAT_VERSION = 2;

export const RECORD = { head: 1, begin: 2, data: 3, end: 4, close: 5 } as const;
export type RecordType = (typeof RECORD)[keyof typeof RECORD];

export const RECORD_HEAD_BYTES = 5;
export const CRC_BYTES = 4;
/** What one DATA record holds, before it is compressed. */
export const DATA_BYTES = 2 ** 20;
/** Records are read whole: anything longer is damage. zstd adds a little to what it can't compress. */
export const PAYLOAD_BYTES_MAX = 64 * 2 ** 20;

/** What is in the file. */
export interface BackupHead {
  readonly format: number;
  /** Version of the catalogue, which is that of its last migration. */
  readonly catalogue: number;
  /** RFC 3339. */
  readonly madeAt: string;
  /** Of the server. */
  readonly postgres: string;
  /** Of which installation; 8 hex digits. */
  readonly installation: string;
  /** How far each partition of POINTS was stored: the stream has the rest. */
  readonly positions: readonly BackupPosition[];
}

export interface BackupPosition {
  readonly partition: number;
  readonly stream: string;
  readonly sequence: number;
}

/** What a section is: rows of a table as the tuples of a binary COPY, a document in JSON, or one in each line. */
export type SectionHead =
  | { readonly kind: 'rows'; readonly table: string; readonly columns: readonly string[] }
  | { readonly kind: 'structure' }
  /** Since version 2, where they are not left out. */
  | { readonly kind: 'dashboards' };

export interface SectionEnd {
  /** Of the content, not compressed. */
  readonly bytes: number;
  /** Hex; of the content. */
  readonly sha256: string;
}

export interface BackupClose {
  readonly sections: number;
}

/** The file is no backup, is damaged or cut off, or is of a version that this release does not read. */
export class BackupFormatError extends Error {
  override name = 'BackupFormatError';
}
