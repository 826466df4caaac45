/**
 * Databases, measurements and fields that are defined. They stay for the life of the parser: their number is bounded, and what
 * is known of them is what the reservation says. All in one region that only fills.
 */
import { bytesEqual, hashBytes } from './bytes';
import { HashTable, tableAt } from './hash-table';
import { LIMIT_CATALOGUE_BYTES, LIMIT_DATABASES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/**
 *     0      4        8              12     16
 *     ├ name ┼ length ┼ measurements ┼ ···· ┤ u32 each
 */
@unmanaged
export class Database {
  name: usize;
  nameLength: u32;
  /** How many it has. */
  measurements: u32;
  unused: u32;
}
const DATABASE_BYTES: u32 = 16;

/**
 *     0          4      8        12       16           20      24
 *     ├ database ┼ name ┼ length ┼ number ┼ fieldCount ┼ shape ┤ u32 each
 */
@unmanaged
export class Measurement {
  database: u32;
  name: usize;
  nameLength: u32;
  /** By which the door knows it: counts from 0 in the order of definition. */
  number: u32;
  fieldCount: u32;
  /** The shape of its last line: what to expect of a series that was never seen. */
  shape: usize;
}

/**
 *     0             4      8        12        14     15       16     20
 *     ├ measurement ┼ name ┼ length ┼ ordinal ┼ type ┼ ······ ┼ slot ┤
 *       u32           u32    u32      u16       u8              u32
 */
@unmanaged
export class Field {
  measurement: Measurement;
  name: usize;
  nameLength: u32;
  /** Counts from 0 within the measurement in the order of definition; the order of columns in blocks. */
  ordinal: u16;
  type: u8;
  unused: u8;
  /** Which value of the line at hand is this field's, if that value says so too (line-values.ts). */
  slot: u32;
}

/** Ordinals are u16. More fields than that don't fit a row of PostgreSQL by far. */
export const ORDINALS_MAX: u32 = 65536;

/** The smallest entry is a field with a name of a byte: so this many entries at most, and the tables are large enough. */
const ENTRY_BYTES_MIN: u32 = 32;

const measurements: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));
const fields: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));

let databasesAt: usize = 0;
let databaseCount: u32 = 0;
let measurementCount: u32 = 0;
let regionStart: usize = 0;
let regionTop: usize = 0;
let regionEnd: usize = 0;

export function reserveCatalogue(): void {
  const bytes = limit(LIMIT_CATALOGUE_BYTES);
  databasesAt = reserve(limit(LIMIT_DATABASES) * DATABASE_BYTES);
  measurements.reserveSlots(bytes / ENTRY_BYTES_MIN);
  fields.reserveSlots(bytes / ENTRY_BYTES_MIN);
  regionStart = reserve(bytes);
  regionTop = regionStart;
  regionEnd = regionStart + bytes;
}

/** Bytes in use. */
export function catalogueBytes(): u32 {
  return <u32>(regionTop - regionStart);
}

/** Whether `entries` names of `nameBytes` together would still find room. */
export function catalogueHasRoom(entries: u32, nameBytes: u32): bool {
  return <u64>nameBytes + <u64>entries * (offsetof<Measurement>() + offsetof<Field>() + 16) <= <u64>(regionEnd - regionTop);
}

// @ts-ignore: decorator
@inline
export function databaseAt(number: u32): Database {
  return changetype<Database>(databasesAt + number * DATABASE_BYTES);
}

/** @returns the number of the new database, or -1 when there are as many as allowed */
export function addDatabase(name: usize, length: u32): i32 {
  if (databaseCount == limit(LIMIT_DATABASES)) return -1;
  const copy = allocate(length);
  if (copy == 0) return -1;
  memory.copy(copy, name, length);
  const database = databaseAt(databaseCount);
  database.name = copy;
  database.nameLength = length;
  return databaseCount++;
}

/** @returns the measurement, or null when it is not defined */
export function findMeasurement(database: u32, name: usize, length: u32): Measurement {
  const hash = hashBytes(name, length, database);
  let slot = measurements.first(hash);
  while (true) {
    const found = changetype<Measurement>(measurements.address(slot));
    if (changetype<usize>(found) == 0) return found;
    if (found.database == database && found.nameLength == length && bytesEqual(found.name, name, length)) return found;
    slot = measurements.next(slot, hash);
  }
}

/** Adds a measurement that is not there. @returns null when the catalogue is full */
export function addMeasurement(database: u32, name: usize, length: u32): Measurement {
  const measurement = changetype<Measurement>(allocate(offsetof<Measurement>() + length));
  if (changetype<usize>(measurement) == 0) return measurement;
  measurement.database = database;
  measurement.name = changetype<usize>(measurement) + offsetof<Measurement>();
  measurement.nameLength = length;
  measurement.number = measurementCount++;
  memory.copy(measurement.name, name, length);
  measurements.insert(hashBytes(name, length, database), changetype<usize>(measurement));
  databaseAt(database).measurements++;
  return measurement;
}

/** @returns the field, or null when it is not defined */
export function findField(measurement: Measurement, name: usize, length: u32): Field {
  const hash = hashBytes(name, length, changetype<usize>(measurement));
  let slot = fields.first(hash);
  while (true) {
    const found = changetype<Field>(fields.address(slot));
    if (changetype<usize>(found) == 0) return found;
    if (found.measurement == measurement && found.nameLength == length && bytesEqual(found.name, name, length)) return found;
    slot = fields.next(slot, hash);
  }
}

/** Adds a field that is not there. @returns null when the catalogue is full, or ordinals are used up */
export function addField(measurement: Measurement, name: usize, length: u32, type: u32): Field {
  if (measurement.fieldCount == ORDINALS_MAX) return changetype<Field>(0);
  const field = changetype<Field>(allocate(offsetof<Field>() + length));
  if (changetype<usize>(field) == 0) return field;
  field.measurement = measurement;
  field.name = changetype<usize>(field) + offsetof<Field>();
  field.nameLength = length;
  field.ordinal = <u16>(measurement.fieldCount++);
  field.type = <u8>type;
  memory.copy(field.name, name, length);
  fields.insert(hashBytes(name, length, changetype<usize>(measurement)), changetype<usize>(field));
  return field;
}

/** @returns 0 when the region is full */
function allocate(bytes: u32): usize {
  const start = regionTop;
  const after = <u64>start + ((bytes + 15) & ~15);
  if (after > <u64>regionEnd) return 0;
  regionTop = <usize>after;
  return start;
}
