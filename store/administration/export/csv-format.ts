import type { FieldType } from '@overseer/shared';
import type { Table } from '../../catalogue.ts';
import {
  floatText,
  type Instant,
  InstantFormat,
  integerText,
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

const VALUES: Readonly<Record<FieldType, WriteValue>> = {
  float: (to, view, at) => to.ascii(floatText(view, at)),
  integer: (to, view, at) => to.ascii(integerText(view, at)),
  unsigned: (to, view, at) => to.ascii(unsignedText(view, at)),
  boolean: writeBoolean,
  // Always in quotes: an empty text is another thing than none.
  string: (to, view, at, length) => {
    to.byte(QUOTE);
    to.escaped(view, at, at + length, [QUOTE, QUOTE], QUOTE);
    to.byte(QUOTE);
  },
};

/** RFC 4180, but for newlines as line ends: time, a column a tag, a column a field. Nothing between two commas: no such tag or value. */
export class CsvFormat implements RowFormat {
  readonly header: string;
  readonly #tagKeys: readonly string[];
  readonly #writes: readonly WriteValue[];
  readonly #instants = new InstantFormat();

  constructor({ fields }: Table, tagKeys: readonly string[]) {
    this.#tagKeys = tagKeys;
    this.#writes = [...fields.values()].map(({ type }) => VALUES[type]);
    const names = new Set<string>();
    for (const name of ['time', ...tagKeys, ...fields.keys()]) names.add(distinct(name, names));
    this.header = `${[...names].map(csvText).join(',')}\n`;
  }

  seriesText(tags: Readonly<Record<string, string>>): string {
    return this.#tagKeys.map((key) => `,${csvText(tags[key] ?? '')}`).join('');
  }

  begin(to: TextBuffer, series: SeriesText, instant: Instant): void {
    to.ascii(this.#instants.format(instant));
    to.copy(series.bytes, series.from, series.to);
  }

  value(to: TextBuffer, field: number, view: DataView, at: number, length: number): void {
    to.byte(COMMA);
    if (length >= 0) (this.#writes[field] as WriteValue)(to, view, at, length);
  }

  end(to: TextBuffer): boolean {
    to.byte(NEWLINE);
    return true;
  }
}

function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A field may be called like a tag, or like the time. */
function distinct(name: string, taken: ReadonlySet<string>): string {
  let result = name;
  for (let number = 2; taken.has(result); number++) result = `${name}_${number}`;
  return result;
}
