import { CAPACITY_FIRST, grown, spread } from './growth.ts';
import type { LabelTest } from './label-test.ts';
import type { StringTable } from './string-table.ts';
import { ValueBytes } from './value-bytes.ts';

/** Patterns of which the verdicts on a column's values are kept: a page asks the same ones again and again. */
const PATTERNS_KEPT_MAX = 16;
/** Fewer values are tested as they are met. */
const AUTOMATON_VALUES_MIN = 4096;

/** A power of two. */
const RECENT_VALUES = 256;

/** Verdicts on values: not asked yet, or whether they pass. */
const UNKNOWN = 0;
const PASSES = 1;
const FAILS = 2;

const ascii = new TextDecoder('latin1');

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
  readonly #bytes = new ValueBytes();
  /** Codes of values by their hash as bytes, the last of each: those that series share are found without making strings of them. */
  readonly #recent = new Uint32Array(RECENT_VALUES);
  /** By test: its verdicts by code. The one used last is the last. */
  readonly #verdicts = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(private readonly strings: StringTable) {}

  /** Distinct values. */
  get valueCount(): number {
    return this.#size - 1;
  }

  /** Number, in the table of strings, of the value with a code from 1 to valueCount. */
  valueNumber(code: number): number {
    return this.#values[code] as number;
  }

  /** By code: how many series have the value; code 0 is left at 0. */
  seriesByCode(): Uint32Array {
    const codes = this.#codes;
    const counts = new Uint32Array(this.#size);
    // By index: an iterator takes ten times as long.
    for (let series = 0; series < codes.length; series++) {
      const code = codes[series] as number;
      counts[code] = (counts[code] as number) + 1;
    }
    counts[0] = 0;
    return counts;
  }

  /** Memory held. */
  get bytes(): number {
    let bytes = this.#codes.byteLength + this.#values.byteLength + this.#slots.byteLength;
    bytes += this.#bytes.memoryBytes + this.#recent.byteLength;
    for (const verdicts of this.#verdicts.values()) bytes += verdicts.byteLength;
    return bytes;
  }

  set(series: number, value: string): void {
    this.#setCode(series, this.#codeOf(this.strings.add(value)));
  }

  /**
   * As `set`, with a value that lies in `text` from `start` to `end`.
   * @param text ASCII
   * @param hash of these bytes
   */
  setBytes(series: number, text: Uint8Array, start: number, end: number, hash: number): void {
    const place = (hash ^ (hash >>> 16)) & (RECENT_VALUES - 1);
    let code = this.#recent[place] as number;
    if (code === 0 || !this.#bytes.isAt(code, text, start, end)) {
      code = this.#codeOf(this.strings.add(ascii.decode(text.subarray(start, end))));
      this.#recent[place] = code;
    }
    this.#setCode(series, code);
  }

  /** The value of a series; empty when it is without the tag. */
  value(series: number): string {
    return this.#text(this.#codes[series] ?? 0);
  }

  /** Those of some series that pass the test, in the same memory. */
  filter(series: Uint32Array<ArrayBuffer>, test: LabelTest): Uint32Array<ArrayBuffer> {
    const verdicts = test.values ? this.#verdictsOfValues(test) : this.#verdictsOfPattern(test);
    // Most values will be asked for: in their order they are matched in a tenth of the time.
    if (!test.values && 2 * series.length > this.#size) this.#testAll(test, verdicts);
    const codes = this.#codes;
    let count = 0;
    for (let i = 0; i < series.length; i++) {
      const number = series[i] as number;
      const code = codes[number] ?? 0;
      let verdict = verdicts[code];
      if (verdict === UNKNOWN) {
        verdict = test.passes(this.#text(code)) ? PASSES : FAILS;
        verdicts[code] = verdict;
      }
      if (verdict === PASSES) series[count++] = number;
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

  #setCode(series: number, code: number): void {
    if (series >= this.#codes.length) this.#codes = grown(this.#codes, series + 1);
    this.#codes[series] = code;
  }

  #text(code: number): string {
    return this.strings.text(this.#values[code] as number);
  }

  /** All of them: there are few values to look up. */
  #verdictsOfValues({ values, isNegated }: LabelTest): Uint8Array {
    const verdicts = new Uint8Array(this.#size).fill(isNegated ? PASSES : FAILS);
    for (const value of values ?? []) {
      const code = this.#findCode(value);
      if (code !== undefined) verdicts[code] = isNegated ? FAILS : PASSES;
    }
    return verdicts;
  }

  /** As far as they were needed before. */
  #verdictsOfPattern({ key }: LabelTest): Uint8Array {
    let verdicts = this.#verdicts.get(key) ?? new Uint8Array(this.#size);
    if (verdicts.length < this.#size) {
      const longer = new Uint8Array(this.#size);
      longer.set(verdicts);
      verdicts = longer;
    }
    this.#verdicts.delete(key);
    this.#verdicts.set(key, verdicts);
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > PATTERNS_KEPT_MAX && oldest !== undefined) {
      this.#verdicts.delete(oldest);
    }
    return verdicts;
  }

  /** Makes the verdicts that are missing, where there are so many that an automaton is worth making. */
  #testAll(test: LabelTest, verdicts: Uint8Array): void {
    const first = verdicts.indexOf(UNKNOWN, 1);
    if (first < 0 || this.#size - first < AUTOMATON_VALUES_MIN) return;
    const automaton = test.automaton();
    if (!automaton) return;
    const values = this.#bytes;
    const { bytes } = values;
    for (let code = first, start = values.start(first); code < this.#size; code++) {
      const end = values.end(code);
      if (verdicts[code] === UNKNOWN && end > start) {
        const matches = automaton.matches(bytes, start, end);
        if (matches === undefined) return;
        verdicts[code] = matches === test.isNegated ? FAILS : PASSES;
      }
      start = end;
    }
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
    this.#bytes.add(this.strings.text(number));
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
