import type { Field } from './field-type.ts';

/** What is asked of the store on `query.<kind>`, and the bodies of its answers: docs/contracts.md, "Queries". */

export const QUERY_QUEUE = 'store';
export const querySubject = (kind: QueryKind | '*') => `query.${kind}`;

export type QueryKind =
  | 'range'
  | 'instant'
  | 'series'
  | 'labels'
  | 'values'
  | 'measurement'
  | 'cardinality'
  | 'snapshot'
  | SyntaxKind;

/**
 * About the text of an expression: `format` as Prometheus' `/api/v1/format_query` does, `parse` to the JSON text of the tree that its
 * `/api/v1/parse_query` gives. One `string` part answers.
 */
export type SyntaxKind = 'format' | 'parse';

export interface SyntaxQuery {
  readonly expr: string;
}

/** Bounds that an asker sets for himself; the store's own hold besides. */
export interface QueryLimits {
  readonly samples?: number;
  readonly series?: number;
}

export interface EvaluationOptions {
  /** How far back a selector looks for its last sample; Prometheus' five minutes unless told. */
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly limits?: QueryLimits;
}

/** Evaluated at startMs, startMs + stepMs … ≤ endMs (milliseconds since 1970). */
export interface RangeQuery extends EvaluationOptions {
  readonly db: string;
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  /** May be absent where there are `pixels`: the store chooses one then. */
  readonly stepMs?: number;
  /**
   * Columns of a chart, PIXELS_MAX at the most: of more than two steps a pixel the answer has two values for each of so many equal spans
   * of the time from startMs to endMs, the least and the greatest, in the order in which they came.
   */
  readonly pixels?: number;
}

/** With two values for each, as many values as a series may have steps. */
export const PIXELS_MAX = 5500;

export interface InstantQuery extends EvaluationOptions {
  readonly db: string;
  readonly expr: string;
  readonly timeMs: number;
}

/** Questions about labels. `matches` are series selectors, such as `cpu_usage_idle{host=~"a.*"}`; none: every series. */
export interface LabelQuery {
  readonly db: string;
  readonly matches: readonly string[];
  /** Series may be told that have no sample in between: today all are, for the label index knows no times. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly limit?: number;
}

export interface LabelValuesQuery extends LabelQuery {
  readonly label: string;
}

/** What is in the tags of one measurement, and which of its series are written to the most. */
export interface MeasurementQuery {
  readonly db: string;
  readonly measurement: string;
  /** Values to tell of each tag, those with the most series: TAG_VALUES_MAX at the most; absent: none. */
  readonly values?: number;
}

/** Where the series of a database come from. A series here is one of a metric: a field that is a metric, of a tag set. */
export interface CardinalityQuery {
  readonly db: string;
  /** Length of each list: CARDINALITY_MAX at the most. */
  readonly limit: number;
}

/** The longest lists. */
export const TAG_VALUES_MAX = 1000;
export const CARDINALITY_MAX = 10_000;

/** The catalogue as PostgreSQL has it: of everything, or of some measurements. */
export interface SnapshotQuery {
  readonly measurements?: readonly (readonly [db: string, measurement: string])[];
}

/** By name; `__name__` is the metric. */
export type Labels = Readonly<Record<string, string>>;

/** Part of the answer to `range`: some series, each at every step. */
export interface MatrixPart {
  readonly kind: 'matrix';
  readonly startMs: number;
  /** With a fraction where there are two values a pixel. */
  readonly stepMs: number;
  readonly count: number;
  readonly series: readonly MatrixSeries[];
}

export interface MatrixSeries {
  readonly labels: Labels;
  /** float64, little-endian, one a step; NaN where there is none. */
  readonly values: Uint8Array;
  /** Bit i & 7 of byte i >> 3: there is a value at step i. Absent: at every step. */
  readonly present?: Uint8Array;
}

/** Part of the answer to `instant`. */
export interface VectorPart {
  readonly kind: 'vector';
  readonly series: readonly { readonly labels: Labels; readonly value: number }[];
}

/**
 * Part of the answer to `instant` on a range selector: the samples themselves. A series of many samples goes on in a further entry with
 * the same labels, in the same part or the next one: later times.
 */
export interface SamplesPart {
  readonly kind: 'samples';
  readonly series: readonly {
    readonly labels: Labels;
    /** float64 milliseconds since 1970, little-endian. */
    readonly times: Uint8Array;
    /** float64, little-endian, as many. */
    readonly values: Uint8Array;
  }[];
}

export interface ScalarPart {
  readonly kind: 'scalar';
  readonly value: number;
}

export interface StringPart {
  readonly kind: 'string';
  readonly value: string;
}

/** Part of the answer to `labels` and `values`: sorted, each once. */
export interface ListPart {
  readonly kind: 'list';
  readonly values: readonly string[];
}

/** Part of the answer to `series`. */
export interface LabelSetsPart {
  readonly kind: 'labelSets';
  readonly series: readonly Labels[];
}

/** Part of the answer to `measurement`. */
export interface MeasurementPart {
  readonly kind: 'measurement';
  /** In the first part only, sorted by key: how many distinct values each tag has, and how many series have the tag. */
  readonly tags?: readonly TagSummary[];
  /** Most series first, within each key; the keys are in their order. */
  readonly values?: readonly TagValue[];
  /** Most rows a second first. */
  readonly busiest?: readonly BusySeries[];
}

export interface TagSummary {
  readonly key: string;
  readonly valueCount: number;
  readonly seriesCount: number;
}

export interface TagValue {
  readonly key: string;
  readonly value: string;
  readonly seriesCount: number;
}

/** A series with the rows that were written to it in a time of about a minute, which is that of the store that has it. */
export interface BusySeries extends TimeWindow {
  /** Its tags. */
  readonly labels: Labels;
  readonly rows: number;
}

/** How many of something have this name. */
export interface NamedCount {
  readonly name: string;
  readonly value: number;
}

/** Part of the answer to `cardinality`, in Prometheus' words: one part, or several to be joined list by list. */
export interface CardinalityPart {
  readonly kind: 'cardinality';
  /** In the first part only. */
  readonly head?: {
    readonly seriesCount: number;
    readonly labelPairCount: number;
    /** When the oldest time partition begins, and the newest point; null: no points. Milliseconds since 1970. */
    readonly minMs: number | null;
    readonly maxMs: number | null;
  };
  readonly list?: CardinalityList;
  /** Most first. */
  readonly items?: readonly NamedCount[];
}

export type CardinalityList =
  | 'seriesByMetric'
  | 'valuesByLabel'
  | 'bytesByLabel'
  | 'seriesByLabelPair';

/** From a time, included, to another one, excluded: milliseconds since 1970. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One measurement as the catalogue has it; times are milliseconds since 1970. */
export interface MeasurementSummary {
  readonly db: string;
  readonly name: string;
  /** In order of their appearance. */
  readonly fields: readonly Field[];
  /** Sorted. */
  readonly tagKeys: readonly string[];
  /** How many distinct values each of them has. */
  readonly tagValueCounts: readonly number[];
  readonly seriesCount: number;
  /** Of them, those that were registered in the answer's `seriesNewWindow`. */
  readonly seriesNew: number;
  /** Newest timestamp of a point; null: no points. */
  readonly newestMs: number | null;
  /** When the first transaction with rows of it was committed; null: unknown. */
  readonly firstWriteMs: number | null;
  /** The same of the last one. */
  readonly lastWriteMs: number | null;
  /**
   * Rows that were written since `countedSinceMs`. A point that is written again counts again, and what is deleted stays counted: it is no
   * number of points that there are.
   */
  readonly rows: number;
  /** Of them, those that were merged, because they were not newer than what the store knew of their series. */
  readonly merged: number;
  /** Null: nothing was counted yet. The same as `firstWriteMs`: every row was. */
  readonly countedSinceMs: number | null;
}

/** Part of the answer to `snapshot`. */
export interface SnapshotPart {
  readonly kind: 'snapshot';
  /** In the first part only: what was written up to these positions is in the figures of the snapshot, and of rows nothing else. */
  readonly positions?: readonly {
    readonly partition: number;
    readonly stream: string;
    readonly sequence: number;
    /** Number of the last transaction of the partition; absent in what older stores answer. */
    readonly commits?: number;
  }[];
  /** In the first part only: every database, also those without measurements. */
  readonly databases?: readonly string[];
  /** In the first part only: the last hour, by PostgreSQL's clock, from a whole minute on. */
  readonly seriesNewWindow?: TimeWindow;
  readonly measurements: readonly MeasurementSummary[];
}

export type QueryPart =
  | MatrixPart
  | VectorPart
  | SamplesPart
  | ScalarPart
  | StringPart
  | ListPart
  | MeasurementPart
  | CardinalityPart
  | LabelSetsPart
  | SnapshotPart;

/** Body of the end of an answer. */
export interface QueryEnd {
  readonly kind: 'end';
  /** What the expression evaluates to; it has no parts when there is nothing. Absent for questions about labels and snapshots. */
  readonly resultType?: 'matrix' | 'vector' | 'scalar' | 'string';
  /** For people: such as that the database does not exist. */
  readonly warnings: readonly string[];
  readonly stats: {
    readonly series: number;
    readonly samples: number;
    /** Read from PostgreSQL. */
    readonly bytes: number;
    /** The most samples, or what takes as much memory, that the query held at once. Absent: the store is of an older release. */
    readonly peakSamples?: number;
    /** From the question to the end of its answer. */
    readonly seconds: number;
    /** Of them, those before its turn came. Absent: the store is of an older release. */
    readonly waitSeconds?: number;
  };
  /**
   * Measurements whose points can change the answer, also those that don't exist yet; absent when that is any of the database
   * (a selector without a name, or with a pattern for it).
   */
  readonly measurements?: readonly string[];
  /**
   * How far before a step samples matter to it: the widest lookback or range (plus offsets) of the expression. Absent: samples of any
   * time matter to any step, because a time is fixed by `@`.
   */
  readonly reachMs?: number;
  /** How far after a step samples matter to it, because an offset is negative; absent: 0, where there is `reachMs`. */
  readonly aheadMs?: number;
  /** The value of each step depends on the first or last step asked for: the expression has `start()` or `end()`. */
  readonly isOfWholeRange?: boolean;
}

/** A body's float64s, aligned: a copy. */
export function float64s(bin: Uint8Array): Float64Array<ArrayBuffer> {
  // Not by slice: what comes from a socket may be a Buffer, whose slice is a view.
  return new Float64Array(new Uint8Array(bin).buffer);
}

/** Float64s as a bin: a view. */
export function float64Bin(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function isPresent(present: Uint8Array | undefined, step: number): boolean {
  return present === undefined || ((present[step >> 3] ?? 0) & (1 << (step & 7))) !== 0;
}
