import { decode, encode } from '@msgpack/msgpack';
import type { MeasurementShape } from './measurement-shape.ts';
import { MessageError } from './messages.ts';
import { encodeName } from './names.ts';
import type { MeasurementSummary, TimeWindow } from './queries.ts';
import type { RangeMs } from './time-ranges.ts';

/** What the processor tells whoever listens, and answers: docs/contracts.md, "Updates" and "Catalogue". */

export const PROCESSOR_QUEUE = 'processor';
export const CATALOGUE_SUBJECT = 'catalogue.get';
/** Everything under it: of every database and measurement. */
export const UPDATES_SUBJECT = 'updates.>';
/** An empty message: the processor that tells updates has given its lease back. */
export const PROCESSOR_LEASE_SUBJECT = 'processor.lease';
/** When a processor starts to tell, or can't rule out that it left something out: everything may have changed. */
export const UPDATES_RESET_SUBJECT = 'updates.reset';
/** Form of the subjects, as traces name them. */
export const UPDATES_SUBJECTS = 'updates.of.{database}.{measurement}';

export const updatesSubject = (db: string, measurement: string) =>
  `updates.of.${encodeName(db)}.${encodeName(measurement)}`;

const VERSION = 1;

/** Points of a measurement were committed, by one transaction or several, or deleted. */
export interface Update {
  readonly kind: 'update';
  readonly db: string;
  readonly measurement: string;
  /** From the oldest time of `ranges` to the newest. Without ranges both are when it was told. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * Where points have changed: all their times, rounded outwards to whole milliseconds, lie within. At most TIME_RANGES_MAX, in order
   * and apart; none when no points have changed.
   */
  readonly ranges: readonly RangeMs[];
  /** Points that were written: one a line, however many fields it has. */
  readonly rows: number;
  /** Of these, not newer than what their series had: points of the past, and points that were written before. */
  readonly lateRows: number;
  /** How many series the rows are of: at least, and at the most. Of one transaction both are exact, and the same. */
  readonly seriesMin: number;
  readonly seriesMax: number;
  /** Series that were new, as far as stored events tell. */
  readonly seriesNew: number;
  /** Fields or measurement were new, or the measurement was dropped. */
  readonly fieldsNew: boolean;
  /** Points of the ranges were deleted, or the measurement dropped. */
  readonly deleted: boolean;
  /** When the newest of the transactions was committed. */
  readonly committedAtMs: number;
}

export interface UpdatesReset {
  readonly kind: 'reset';
}

export type UpdateMessage = (Update | UpdatesReset) & {
  /** Rises with each processor that takes over; one of a lower epoch than was heard before is of a processor that lost its turn. */
  readonly epoch: number;
  /** Which processor process tells. */
  readonly source: string;
  /** Counts the messages of a source, over all subjects, from 0: a step other than 1 means that some were lost. */
  readonly number: number;
};

export function encodeUpdate(message: UpdateMessage): Uint8Array {
  return encode({ v: VERSION, ...message });
}

/** @throws MessageError */
export function decodeUpdate(bytes: Uint8Array): UpdateMessage {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (cause) {
    throw new MessageError('update: not MessagePack', { cause });
  }
  const message = value as UpdateMessage & { v: unknown };
  if (typeof message !== 'object' || message === null || message.v !== VERSION) {
    throw new MessageError(`update: not of version ${VERSION}`);
  }
  if (typeof message.source !== 'string' || !Number.isSafeInteger(message.number)) {
    throw new MessageError('update: without its source and number');
  }
  if (message.epoch !== undefined && !Number.isSafeInteger(message.epoch)) {
    throw new MessageError('update: its epoch is no integer');
  }
  const { kind, epoch = 0 } = message;
  if (kind === 'reset') return { ...message, epoch };
  if (kind !== 'update') throw new MessageError('update: of no known kind');
  const { db, measurement, fromMs, toMs } = message;
  const isWhole = typeof db === 'string' && typeof measurement === 'string';
  if (!isWhole || !Number.isFinite(fromMs) || !Number.isFinite(toMs)) {
    throw new MessageError('update: without its measurement or time range');
  }
  if (message.ranges !== undefined && !isRanges(message.ranges)) {
    throw new MessageError('update: its ranges are no pairs of times');
  }
  return {
    ...message,
    // What older processors don't tell.
    ranges: message.ranges ?? [[fromMs, toMs]],
    lateRows: message.lateRows ?? 0,
    seriesMin: message.seriesMin ?? 0,
    seriesMax: message.seriesMax ?? message.rows,
    deleted: message.deleted ?? false,
    epoch,
  };
}

function isRanges(value: unknown): value is readonly RangeMs[] {
  const isRange = (one: unknown) =>
    Array.isArray(one) && one.length === 2 && one.every((time) => Number.isFinite(time));
  return Array.isArray(value) && value.every(isRange);
}

/** Request to `catalogue.get`. */
export interface CatalogueQuery {
  readonly db?: string;
  /** Only this one; of every database, unless `db` is told. */
  readonly measurement?: string;
}

/** A measurement as the processor has it: what the store said last, with what stored events told since. */
export interface CatalogueMeasurement extends Omit<MeasurementSummary, keyof MeasurementShape> {
  /** Its fields and tags, as `encodeShape` makes it. */
  readonly shape: Uint8Array;
  /** Rows that were written in each of the answer's `recentWindows`. */
  readonly recentRows: readonly number[];
}

/** Part of the answer to `catalogue.get`. */
export interface CataloguePart {
  readonly kind: 'catalogue';
  /** In the first part only, sorted. */
  readonly databases?: readonly string[];
  /**
   * In the first part only: the last minute and the last ten, by the clocks of the stores. They are shorter while the processor does not
   * know of all that was written in them, and empty at worst.
   */
  readonly recentWindows?: readonly TimeWindow[];
  /** In the first part only: that of the store's last answer. */
  readonly seriesNewWindow?: TimeWindow;
  /** Sorted by database and name. */
  readonly measurements: readonly CatalogueMeasurement[];
}
