import type { Instant } from './binary-values.ts';
import type { TextBuffer } from './text-buffer.ts';

/** How rows of one measurement become text. Values stand in a view as binary COPY has them. */
export interface RowFormat {
  /** Before the first row; undefined: nothing. */
  readonly header: string | undefined;
  /** What every row of a series has in common; its bytes are handed to `begin`. */
  seriesText(tags: Readonly<Record<string, string>>): string;
  begin(to: TextBuffer, series: SeriesText, instant: Instant): void;
  /** @param length of the value; -1: there is none */
  value(to: TextBuffer, field: number, view: DataView, at: number, length: number): void;
  /** @returns whether the row is one; else what was written of it is to be taken back */
  end(to: TextBuffer, instant: Instant): boolean;
}

/** Bytes of a larger array. */
export interface SeriesText {
  readonly bytes: Uint8Array;
  from: number;
  to: number;
}

/** Writes a value that a view has as binary COPY does. */
export type WriteValue = (to: TextBuffer, view: DataView, at: number, length: number) => void;

export const writeBoolean: WriteValue = (to, view, at) =>
  to.ascii(view.getUint8(at) ? 'true' : 'false');

/** Bytes that mean something to both formats. */
export const COMMA = 0x2c;
export const NEWLINE = 0x0a;
export const QUOTE = 0x22;
