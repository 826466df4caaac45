import { CAPACITY_FIRST, grown, spread } from './growth.ts';
import type { LabelTest } from './label-test.ts';
import type { StringTable } from './string-table.ts';

/**
 * One tag of a measurement's series, as a column: for each series the code of its value. Codes count the column's distinct values from 1;
 * 0 is a series without the tag. A test is made once per distinct value; the series are then a scan of the codes, a millisecond or two
 * per million, without lists of series per value to keep.
 */
export class TagColumn {
  /** By series; series beyond its end are without the tag. */
  #codes = new Uint32Array(CAPACITY_FIRST);
  /** By code: number of the value in the table of strings. */
  #values = new Uint32Array(CAPACITY_FIRST);
  #size = 1;
  /** Open addressing by the number of the value: its code, 0 for none; at most half are taken. */
  #slots = new Uint32Array(2 * CAPACITY_FIRST);

  constructor(private readonly strings: StringTable) {}

  /** Distinct values. */
  get valueCount(): number {
    return this.#size - 1;
  }

  /** Memory held. */
  get bytes(): number {
    return this.#codes.byteLength + this.#values.byteLength + this.#slots.byteLength;
  }

  set(series: number, value: string): void {
    if (series >= this.#codes.length) this.#codes = grown(this.#codes, series + 1);
    this.#codes[series] = this.#codeOf(this.strings.add(value));
  }

  /** The value of a series; empty when it is without the tag. */
  value(series: number): string {
    return this.#text(this.#codes[series] ?? 0);
  }

  /** Those of some series that pass the test, in the same memory. */
  filter(series: Uint32Array<ArrayBuffer>, test: LabelTest): Uint32Array<ArrayBuffer> {
    const accepted = this.#accepted(test);
    const codes = this.#codes;
    let count = 0;
    for (let i = 0; i < series.length; i++) {
      const number = series[i] as number;
      // Beyond its end, and for code 0, the tag is empty.
      if (accepted[codes[number] ?? 0] === 1) series[count++] = number;
    }
    return series.subarray(0, count);
  }

  /** Adds the values of some series to a set. */
  collect(series: Uint32Array, values: Set<string>): void {
    const seen = new Uint8Array(this.#size);
    for (const number of series) seen[this.#codes[number] ?? 0] = 1;
    for (let code = 1; code < seen.length; code++) {
      if (seen[code] === 1) values.add(this.#text(code));
    }
  }

  /** Whether one of the series has the tag. */
  isIn(series: Uint32Array): boolean {
    return series.some((number) => (this.#codes[number] ?? 0) !== 0);
  }

  #text(code: number): string {
    return this.strings.text(this.#values[code] as number);
  }

  /** By code: 1 when the value passes. */
  #accepted(test: LabelTest): Uint8Array {
    const accepted = new Uint8Array(this.#size);
    if (test.values) {
      if (test.isNegated) accepted.fill(1);
      for (const value of test.values) {
        const code = this.#findCode(value);
        if (code !== undefined) accepted[code] = test.isNegated ? 0 : 1;
      }
    } else {
      for (let code = 0; code < accepted.length; code++) {
        accepted[code] = test.passes(this.#text(code)) ? 1 : 0;
      }
    }
    return accepted;
  }

  #findCode(value: string): number | undefined {
    const number = this.strings.find(value);
    if (number === undefined || number === 0) return number;
    return this.#slots[this.#slotOf(number)] || undefined;
  }

  #codeOf(number: number): number {
    if (number === 0) return 0;
    const slot = this.#slotOf(number);
    const known = this.#slots[slot] as number;
    if (known !== 0) return known;
    const code = this.#size++;
    if (code >= this.#values.length) this.#values = grown(this.#values, code + 1);
    this.#values[code] = number;
    this.#slots[slot] = code;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return code;
  }

  #slotOf(number: number): number {
    const mask = this.#slots.length - 1;
    let slot = spread(number) & mask;
    for (;;) {
      const code = this.#slots[slot] as number;
      if (code === 0 || this.#values[code] === number) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let code = 1; code < this.#size; code++) {
      this.#slots[this.#slotOf(this.#values[code] as number)] = code;
    }
  }
}
