import { CreationCounts } from './creation-counts.ts';
import type { LabelTest } from './label-test.ts';
import { isTextAt, PlainTags } from './plain-tags.ts';
import { SeriesIds } from './series-ids.ts';
import type { StringTable } from './string-table.ts';
import { TagColumn } from './tag-column.ts';

/** Tags that can't be labels: one is the metric's own, the other is a key that messages must not have. */
const HIDDEN_TAGS: readonly string[] = ['__name__', '__proto__'];

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The series of one measurement, columnar: their ids and a column for every tag. Series are numbered from 0 as they come, for good. */
export class MeasurementSeries {
  readonly ids = new SeriesIds();
  /** When they were registered, as far as it was told. */
  readonly creations = new CreationCounts();
  readonly #columns = new Map<string, TagColumn>();
  /** Sorted; made again when a key is new. */
  #tagKeys: readonly string[] = [];
  #hidesTags = false;
  readonly #plainTags = new PlainTags();
  /** By their place among the tags of a series: the keys that were there last. Nearly every series has those of the one before. */
  readonly #lastKeys: { readonly key: string; readonly column: TagColumn }[] = [];

  constructor(private readonly strings: StringTable) {}

  get size(): number {
    return this.ids.size;
  }

  /** Sorted. */
  get tagKeys(): readonly string[] {
    return this.#tagKeys;
  }

  /** Whether series may differ by nothing but a tag that is no label. */
  get hidesTags(): boolean {
    return this.#hidesTags;
  }

  /** Memory held, without the texts. */
  get bytes(): number {
    let bytes = this.ids.bytes;
    for (const column of this.#columns.values()) bytes += column.bytes;
    return bytes;
  }

  /** Adds a series; one that is there stays as it is. */
  add(low: number, high: number, tags: Readonly<Record<string, string>>): void {
    const series = this.ids.add(low, high);
    if (series >= 0) this.#set(series, tags);
  }

  /**
   * As `add`, from the tags as PostgreSQL writes a jsonb.
   * @param createdMs when it was registered, milliseconds since 1970
   * @throws SyntaxError when it is none
   */
  addText(low: number, high: number, tags: Uint8Array, createdMs: number): void {
    const series = this.ids.add(low, high);
    if (series < 0) return;
    this.creations.add(createdMs);
    if (!this.#setPlain(series, tags)) {
      this.#set(series, JSON.parse(utf8.decode(tags)));
    }
  }

  #set(series: number, tags: Readonly<Record<string, string>>): void {
    for (const key of Object.keys(tags)) {
      if (HIDDEN_TAGS.includes(key)) this.#hidesTags = true;
      else this.#column(key).set(series, tags[key] ?? '');
    }
  }

  /** Whether the tags could all be set as they lie. */
  #setPlain(series: number, text: Uint8Array): boolean {
    const tags = this.#plainTags;
    tags.start(text);
    for (let place = 0; tags.next(); place++) {
      const column = this.#columnAt(place, text, tags);
      if (!column) return false;
      column.setBytes(series, text, tags.valueStart, tags.valueEnd, tags.valueHash);
    }
    return !tags.isOdd;
  }

  /** The column of a tag; undefined: it has none. */
  #columnAt(
    place: number,
    text: Uint8Array,
    { keyStart, keyEnd }: PlainTags,
  ): TagColumn | undefined {
    const last = this.#lastKeys[place];
    if (last && isTextAt(last.key, text, keyStart, keyEnd)) return last.column;
    const key = utf8.decode(text.subarray(keyStart, keyEnd));
    if (HIDDEN_TAGS.includes(key)) return undefined;
    const column = this.#column(key);
    this.#lastKeys[place] = { key, column };
    return column;
  }

  column(key: string): TagColumn | undefined {
    return this.#columns.get(key);
  }

  /** The series that pass every test, ascending. Tests are of tags, not of the metric's name. */
  select(tests: readonly LabelTest[]): Uint32Array<ArrayBuffer> {
    for (const test of tests) {
      if (!this.#columns.has(test.name) && !test.passes('')) return new Uint32Array(0);
    }
    let series = allNumbers(this.size);
    for (const test of inOrderOfEffort(tests)) {
      series = this.#columns.get(test.name)?.filter(series, test) ?? series;
    }
    return series;
  }

  #column(key: string): TagColumn {
    let column = this.#columns.get(key);
    if (!column) {
      column = new TagColumn(this.strings);
      this.#columns.set(key, column);
      this.#tagKeys = [...this.#columns.keys()].sort();
    }
    return column;
  }
}

function allNumbers(count: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/** Those for a few values leave the fewest series to the others. */
function inOrderOfEffort(tests: readonly LabelTest[]): LabelTest[] {
  const effort = (test: LabelTest) => (test.values === undefined ? 2 : Number(test.isNegated));
  return tests.toSorted((a, b) => effort(a) - effort(b));
}
