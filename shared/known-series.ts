/** Which series exist: asked of the store on `series.known`, docs/contracts.md, "Known series". */
export const KNOWN_SERIES_SUBJECT = 'series.known';

/** Ids in one question. */
export const KNOWN_SERIES_MAX = 4096;

const ID_BYTES = 8;

/** The body of a question: 8 bytes an id, little-endian. */
export interface KnownSeriesRequest {
  readonly ids: Uint8Array;
}

/** The end of the answer: those of the ids that are registered, in the same form and any order. */
export interface KnownSeriesEnd {
  readonly known: Uint8Array;
}

export function encodeSeriesIds(ids: Iterable<bigint>): Uint8Array {
  const all = [...ids];
  const bytes = new Uint8Array(all.length * ID_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, id] of all.entries()) view.setBigUint64(i * ID_BYTES, id, true);
  return bytes;
}

/** @throws RangeError for what is no list of ids, or too long a one */
export function decodeSeriesIds(bytes: unknown): bigint[] {
  const isList = bytes instanceof Uint8Array && bytes.length % ID_BYTES === 0;
  if (!isList || bytes.length > KNOWN_SERIES_MAX * ID_BYTES) {
    throw new RangeError(
      `series ids are a bin of ${ID_BYTES} bytes each, ${KNOWN_SERIES_MAX} at the most`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) =>
    view.getBigUint64(i * ID_BYTES, true),
  );
}
