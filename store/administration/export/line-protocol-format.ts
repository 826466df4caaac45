import type { FieldType } from '@overseer/shared';
import type { Table } from '../../catalogue.ts';
import {
  floatText,
  type Instant,
  integerText,
  nanosecondsText,
  unsignedText,
} from './binary-values.ts';
import {
  COMMA,
  NEWLINE,
  QUOTE,
  type RowFormat,
  type SeriesText,
  type WriteValue,
  writeBoolean,
} from './row-format.ts';
import type { TextBuffer } from './text-buffer.ts';

const SPACE = 0x20;
const BACKSLASH = 0x5c;
const LETTER_I = 0x69;
const LETTER_U = 0x75;

const VALUES: Readonly<Record<FieldType, WriteValue>> = {
  float: (to, view, at) => to.ascii(floatText(view, at)),
  integer: (to, view, at) => {
    to.ascii(integerText(view, at));
    to.byte(LETTER_I);
  },
  unsigned: (to, view, at) => {
    to.ascii(unsignedText(view, at));
    to.byte(LETTER_U);
  },
  boolean: writeBoolean,
  string: (to, view, at, length) => {
    to.byte(QUOTE);
    to.escaped(view, at, at + length, [QUOTE, BACKSLASH], BACKSLASH);
    to.byte(QUOTE);
  },
};

interface FieldWriter {
  /** Escaped, with the equals sign. */
  readonly key: Uint8Array;
  readonly write: WriteValue;
}

/** Line protocol with nanoseconds. A backslash in a name is literal unless what follows is escaped, so that it needs no other. */
export class LineProtocolFormat implements RowFormat {
  readonly header = undefined;
  readonly #measurement: string;
  readonly #fields: readonly FieldWriter[];
  #isFirst = true;

  constructor({ measurement, fields }: Table) {
    this.#measurement = measurement.replace(/[, ]/g, '\\$&');
    const encoder = new TextEncoder();
    this.#fields = [...fields.values()].map(({ name, type }) => ({
      key: encoder.encode(`${escapeKey(name)}=`),
      write: VALUES[type],
    }));
  }

  seriesText(tags: Readonly<Record<string, string>>): string {
    const parts = Object.entries(tags).map(
      ([key, value]) => `,${escapeKey(key)}=${escapeKey(value)}`,
    );
    return `${this.#measurement}${parts.join('')} `;
  }

  begin(to: TextBuffer, series: SeriesText): void {
    to.copy(series.bytes, series.from, series.to);
    this.#isFirst = true;
  }

  value(to: TextBuffer, field: number, view: DataView, at: number, length: number): void {
    if (length < 0) return;
    if (!this.#isFirst) to.byte(COMMA);
    this.#isFirst = false;
    const { key, write } = this.#fields[field] as FieldWriter;
    to.copy(key, 0, key.length);
    write(to, view, at, length);
  }

  /** A point without a value, which only SQL can make, has no line. */
  end(to: TextBuffer, instant: Instant): boolean {
    if (this.#isFirst) return false;
    to.byte(SPACE);
    to.ascii(nanosecondsText(instant));
    to.byte(NEWLINE);
    return true;
  }
}

const escapeKey = (text: string) => text.replace(/[,= ]/g, '\\$&');
