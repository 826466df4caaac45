/**
 * What operators ask of the store, and the bodies of its answers: docs/contracts.md, "Administration". Questions are answered in parts;
 * times are nanoseconds since 1970, ranges half open.
 */

export const ADMINISTRATION_QUEUE = 'store';
export const administrationSubject = (kind: AdministrationKind) => `admin.${kind}`;

export type AdministrationKind =
  | 'status'
  | 'count'
  | 'drop'
  | 'delete'
  | 'export'
  | 'retention'
  | 'retention.set'
  | 'dead.replay'
  | 'series';

/** A database, or one of its measurements. */
export interface DropQuestion {
  readonly db: string;
  readonly measurement?: string;
}

export interface DropEnd {
  /** False: there was nothing of that name, which is no error. */
  readonly found: boolean;
  readonly measurements: number;
  readonly series: number;
}

/** One condition on a tag; a tag that a series has not counts as empty. */
export type TagMatcher = readonly [tag: string, operator: '=' | '!=' | '=~' | '!~', value: string];

/** Which points: of one measurement or all, of the series that meet every condition, at startNs ≤ time < endNs. */
export interface PointsQuestion {
  readonly db: string;
  readonly measurement?: string;
  readonly tags: readonly TagMatcher[];
  readonly startNs?: bigint;
  readonly endNs?: bigint;
}

export type DeleteQuestion = PointsQuestion;

/** What is done so far; partitions are time partitions. */
export interface DeleteProgress {
  readonly rows: number;
  readonly partitionsDone: number;
  readonly partitions: number;
}

export interface DeleteEnd {
  readonly rows: number;
  /** Series that are gone altogether; 0 when times were given. */
  readonly series: number;
}

/** What `count` says points are of: asked before they are deleted. */
export interface CountEnd {
  readonly measurements: number;
  readonly series: number;
}

export type ExportFormat = 'line-protocol' | 'csv';

/** Points in order of series and time within each time partition. */
export interface ExportQuestion extends PointsQuestion {
  readonly format: ExportFormat;
}

/** UTF-8 text; it may end anywhere, also within a line. */
export interface ExportPart {
  readonly text: Uint8Array;
  /** Rows that end with this part, those of parts before without a count included. */
  readonly rows: number;
}

export interface ExportEnd {
  readonly rows: number;
}

/** How long points are kept, by their timestamp: milliseconds, or null for ever. */
export type Retention = number | null;

export interface RetentionQuestion {
  readonly db?: string;
}

export interface RetentionEnd {
  /** Of databases that have none of their own. */
  readonly default: Retention;
  readonly databases: readonly DatabaseRetention[];
}

export interface DatabaseRetention {
  readonly db: string;
  /** Absent: the default. */
  readonly retention?: Retention;
  /** Those that have one of their own. */
  readonly measurements: readonly { readonly measurement: string; readonly retention: Retention }[];
}

/** `retention` absent: back to that of the database, or to the default. */
export interface SetRetentionQuestion {
  readonly db: string;
  readonly measurement?: string;
  readonly retention?: Retention;
}

/** Sequences in the stream DEAD; none: all that are there at the time of the question. */
export interface ReplayQuestion {
  readonly sequences?: readonly number[];
}

/** A part says how many so far; the end, how many in all. */
export interface ReplayEnd {
  readonly replayed: number;
}

/** Which series have these ids: 8 bytes each, little-endian, KNOWN_SERIES_MAX at the most. */
export interface SeriesQuestion {
  readonly ids: Uint8Array;
}

/** Those that are registered, in any order. */
export interface SeriesEnd {
  readonly series: readonly NamedSeries[];
}

export interface NamedSeries {
  /** 16 hex digits of the id, as an unsigned number. */
  readonly id: string;
  readonly db: string;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Something of a measurement was deleted, or it was dropped: told on `store.changed` by publish/subscribe. */
export const CHANGED_SUBJECT = 'store.changed';

export interface ChangedEvent {
  readonly db: string;
  /** Absent: every measurement of the database. */
  readonly measurement?: string;
  /** Absent: all times. */
  readonly startNs?: bigint;
  readonly endNs?: bigint;
  readonly dropped: boolean;
}

/** What `status` tells of databases, in parts; the rest is in the end. */
export interface StatusPart {
  readonly databases: readonly DatabaseStatus[];
}

export interface DatabaseStatus {
  readonly db: string;
  readonly measurements: number;
  readonly series: number;
  /** Tables by time, of all measurements. */
  readonly timePartitions: number;
  /** On the disk of PostgreSQL, indexes included. */
  readonly bytes: number;
}

export interface StatusEnd {
  readonly streams: readonly StreamStatus[];
  readonly partitions: readonly PartitionStatus[];
  /** The whole database of PostgreSQL, on its disk. */
  readonly postgresBytes: number;
}

export interface StreamStatus {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** A partition of POINTS. */
export interface PartitionStatus {
  readonly partition: number;
  /** The store process; absent: nobody, or one whose lease has ended. */
  readonly owner?: string;
  readonly epoch: number;
  /** Everything up to this sequence is stored. */
  readonly sequence: number;
  /** Batches that wait to be stored. */
  readonly messagesBehind: number;
  /** How long the oldest of them has waited; 0 when none does. */
  readonly behindMs: number;
  /** Blocks that are parked: stored, but not to be read until a long transaction is over that reads their table. */
  readonly parkedBlocks: number;
  readonly parkedBytes: number;
}
