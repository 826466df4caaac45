import { decode, encode } from '@msgpack/msgpack';
import { decodeField } from './batch.ts';
import { type Field, fieldTypeCode } from './field-type.ts';
import type { RangeMs } from './time-ranges.ts';

/**
 * The small messages of docs/contracts.md: values of the KV buckets and stored events. Each is an array that starts with its
 * version; readers ignore elements that they don't know.
 */
const VERSION = 1;

/** A message that this program can't read: another version, or not of the shape that the contract gives. */
export class MessageError extends Error {
  override name = 'MessageError';
}

/** What makes series ids of one installation; written once. */
export interface Installation {
  /** 8 hex digits. */
  readonly id: string;
  /** 16 bytes. */
  readonly seed: Uint8Array;
}

/** Everything of a partition up to `sequence` of the stream created at `stream` is committed. */
export interface Watermark {
  readonly stream: string;
  readonly sequence: number;
  /** Series of the partition that are registered, by database; absent in what older stores say. */
  readonly series?: ReadonlyMap<string, number>;
}

/** What one committed transaction did to one measurement. */
export interface StoredTable {
  readonly database: string;
  readonly measurement: string;
  readonly rows: number;
  readonly merged: number;
  readonly seriesNew: number;
  readonly timeMinNs: bigint;
  readonly timeMaxNs: bigint;
  readonly fieldsNew: readonly Field[];
  readonly tagKeysNew: readonly string[];
  /** How many series the rows are of; undefined when some rows were left out, and in what older stores say. */
  readonly series?: number | undefined;
  /** Times of the rows, a few ranges from the oldest on; absent in what older stores say: all between `timeMinNs` and `timeMaxNs`. */
  readonly ranges?: readonly RangeMs[];
}

/** One committed transaction of one partition: positions (from, to] of `stream`. */
export interface StoredEvent {
  readonly partition: number;
  readonly stream: string;
  readonly from: number;
  readonly to: number;
  readonly committedAtMs: number;
  readonly tables: readonly StoredTable[];
  /** Number of the transaction: one more than that of the one before of the partition, whatever the stream; absent in what older stores say. */
  readonly commit?: number;
}

const pair = (field: Field) => [field.name, fieldTypeCode(field.type)];

export function encodeInstallation(installation: Installation): Uint8Array {
  return encode([VERSION, installation.id, installation.seed]);
}

export function decodeInstallation(bytes: Uint8Array): Installation {
  const [id, seed] = elements(bytes, 'installation');
  if (typeof id !== 'string' || !(seed instanceof Uint8Array) || seed.length !== 16) {
    throw new MessageError('installation: an id and a seed of 16 bytes were expected');
  }
  return { id, seed: seed.slice() };
}

export const SESSION_SECRET_BYTES = 32;

/** What frontends sign sessions with. */
export function encodeSessionSecret(secret: Uint8Array): Uint8Array {
  return encode([VERSION, secret]);
}

export function decodeSessionSecret(bytes: Uint8Array): Uint8Array {
  const [secret] = elements(bytes, 'session secret');
  if (!(secret instanceof Uint8Array) || secret.length !== SESSION_SECRET_BYTES) {
    throw new MessageError(`session secret: ${SESSION_SECRET_BYTES} bytes were expected`);
  }
  return secret.slice();
}

export function encodeWatermark(watermark: Watermark): Uint8Array {
  const { stream, sequence, series } = watermark;
  return encode([VERSION, stream, sequence, ...(series ? [[...series]] : [])]);
}

export function decodeWatermark(bytes: Uint8Array): Watermark {
  const [stream, sequence, series] = elements(bytes, 'watermark');
  return {
    stream: text(stream, 'stream'),
    sequence: count(sequence, 'sequence'),
    ...(series !== undefined && { series: new Map(list(series, 'series').map(seriesOfDatabase)) }),
  };
}

function seriesOfDatabase(value: unknown): [database: string, count: number] {
  const [database, registered] = list(value, 'series of a database');
  return [text(database, 'database'), count(registered, 'series')];
}

/** @param id any text that was never used before */
export function encodeAnnouncements(id: string): Uint8Array {
  return encode([VERSION, id]);
}

export function decodeAnnouncements(bytes: Uint8Array): string {
  const [id] = elements(bytes, 'announcements');
  return text(id, 'announcements');
}

/** How long points are kept, in milliseconds; null for ever. Of a database it is the longest of all its measurements. */
export interface Retentions {
  /** Of databases that are not among the others. */
  readonly fallback: number | null;
  readonly databases: ReadonlyMap<string, number | null>;
}

export function encodeRetentions({ fallback, databases }: Retentions): Uint8Array {
  return encode([VERSION, fallback, [...databases]]);
}

export function decodeRetentions(bytes: Uint8Array): Retentions {
  const [fallback, databases] = elements(bytes, 'retentions');
  const retention = (value: unknown) => (value === null ? null : count(value, 'retention'));
  return {
    fallback: retention(fallback),
    databases: new Map(
      list(databases, 'retentions of databases').map((entry) => {
        const [database, keepMs] = list(entry, 'retention of a database');
        return [text(database, 'database'), retention(keepMs)];
      }),
    ),
  };
}

/** The check of the key that owns a series id which another key collided with. */
export function encodeCollision(check: bigint): Uint8Array {
  return encode([VERSION, BigInt.asUintN(64, check)], { useBigInt64: true });
}

export function decodeCollision(bytes: Uint8Array): bigint {
  const [check] = elements(bytes, 'collision');
  return wide(check, 'collision');
}

/** Which processor tells updates, and with which epoch. */
export interface ProcessorLease {
  readonly holder: string;
  readonly epoch: number;
  /** The holder has given it back. */
  readonly released: boolean;
}

export function encodeProcessorLease({ holder, epoch, released }: ProcessorLease): Uint8Array {
  return encode([VERSION, holder, epoch, released]);
}

export function decodeProcessorLease(bytes: Uint8Array): ProcessorLease {
  const [holder, epoch, released] = elements(bytes, 'processor lease');
  return {
    holder: text(holder, 'holder'),
    epoch: count(epoch, 'epoch'),
    released: released === true,
  };
}

/** Fields of one measurement, as the schema bucket keeps them. */
export function encodeFields(fields: Iterable<Field>): Uint8Array {
  return encode([VERSION, Array.from(fields, pair)]);
}

export function decodeFields(bytes: Uint8Array): Field[] {
  const [fields] = elements(bytes, 'schema entry');
  return decodedFields(fields, 'schema entry');
}

export function encodeStoredEvent(event: StoredEvent): Uint8Array {
  const tables = event.tables.map((table) => [
    table.database,
    table.measurement,
    table.rows,
    table.merged,
    table.seriesNew,
    table.timeMinNs,
    table.timeMaxNs,
    table.fieldsNew.map(pair),
    table.tagKeysNew,
    table.series ?? null,
    table.ranges ?? null,
  ]);
  const { partition, stream, from, to, committedAtMs, commit } = event;
  return encode(
    [VERSION, partition, stream, from, to, committedAtMs, tables, ...(commit ? [commit] : [])],
    { useBigInt64: true },
  );
}

export function decodeStoredEvent(bytes: Uint8Array): StoredEvent {
  const [partition, stream, from, to, committedAtMs, tables, commit] = elements(
    bytes,
    'stored event',
  );
  return {
    partition: count(partition, 'partition'),
    stream: text(stream, 'stream'),
    from: count(from, 'from'),
    to: count(to, 'to'),
    committedAtMs: count(committedAtMs, 'committedAt'),
    tables: list(tables, 'tables').map(decodeStoredTable),
    ...(isThere(commit) && { commit: count(commit, 'commit') }),
  };
}

function decodeStoredTable(value: unknown): StoredTable {
  const [database, measurement, rows, merged, seriesNew, min, max, fields, tagKeys, ...rest] = list(
    value,
    'table',
  );
  const [series, ranges] = rest;
  return {
    database: text(database, 'database'),
    measurement: text(measurement, 'measurement'),
    rows: count(rows, 'rows'),
    merged: count(merged, 'merged'),
    seriesNew: count(seriesNew, 'seriesNew'),
    timeMinNs: wide(min, 'timeMin'),
    timeMaxNs: wide(max, 'timeMax'),
    fieldsNew: decodedFields(fields, 'fieldsNew'),
    tagKeysNew: list(tagKeys, 'tagKeysNew').map((key) => text(key, 'tag key')),
    ...(isThere(series) && { series: count(series, 'series') }),
    ...(isThere(ranges) && { ranges: list(ranges, 'ranges').map(decodedRange) }),
  };
}

/** Whether an element that was added to a message later has a value. */
const isThere = (value: unknown) => value !== undefined && value !== null;

function decodedRange(value: unknown): RangeMs {
  const [from, to] = list(value, 'range').map((time) => Number(wide(time, 'time')));
  if (from === undefined || to === undefined)
    throw new MessageError('range: two times were expected');
  return [from, to];
}

function decodedFields(value: unknown, what: string): Field[] {
  const fields = list(value, what);
  try {
    return fields.map((field) => decodeField(field, what));
  } catch (cause) {
    throw new MessageError(`${what}: a field can't be read`, { cause });
  }
}

/** Elements after the version. Integers of 64-bit format come as bigint, smaller ones as number. */
function elements(bytes: Uint8Array, what: string): unknown[] {
  let value: unknown;
  try {
    value = decode(bytes, { useBigInt64: true });
  } catch (cause) {
    throw new MessageError(`${what}: not MessagePack`, { cause });
  }
  const [version, ...rest] = list(value, what);
  if (version !== VERSION) {
    throw new MessageError(
      `${what}: version ${String(version)} is not ${VERSION}, the one this program reads`,
    );
  }
  return rest;
}

function safeNumber(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new MessageError(`${what}: ${value} is no safe integer`);
  return number;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new MessageError(`${what} is no array`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new MessageError(`${what} is no string`);
  return value;
}

function count(value: unknown, what: string): number {
  const number = typeof value === 'bigint' ? safeNumber(value, what) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new MessageError(`${what} is no count`);
  }
  return number;
}

function wide(value: unknown, what: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw new MessageError(`${what} is no integer`);
}
