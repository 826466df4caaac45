/**
 * Fields that lines have and nobody defined: collected while a line is read, listed for the door, which defines them. They are
 * kept as long as the piece they stand in.
 */
import { bytesEqual, hashBytes } from './bytes';
import { catalogueHasRoom, Database, Measurement } from './catalogue';
import { failLimit } from './failure';
import { HashTable, tableAt } from './hash-table';
import {
  ERROR_CATALOGUE_FULL,
  ERROR_TOO_MANY_FIELDS,
  ERROR_TOO_MANY_MEASUREMENTS,
  LIMIT_CATALOGUE_BYTES,
  LIMIT_FIELDS,
  LIMIT_LINE_BYTES,
  LIMIT_MEASUREMENTS,
  LIMIT_UNKNOWN_FIELDS,
  UNKNOWN_BYTES,
} from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/** Drawn in layout.ts, because the door reads it. */
@unmanaged
export class UnknownField {
  measurement: usize;
  measurementLength: u32;
  field: usize;
  fieldLength: u32;
  type: u32;
  pending: PendingMeasurement;
}

/**
 * A measurement with unknown fields:
 *
 *     0      4        8            12      16
 *     ├ name ┼ length ┼ fieldCount ┼ isNew ┤ u32 each
 */
@unmanaged
class PendingMeasurement {
  name: usize;
  nameLength: u32;
  /** Unknown fields it has so far. */
  fieldCount: u32;
  /** 1 when the measurement is not defined either. */
  isNew: u32;
}

const fields: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));
const measurements: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));

export let unknownFieldsAt: usize = 0;
export let unknownFieldCount: u32 = 0;
let measurementsAt: usize = 0;
let measurementCount: u32 = 0;
let newMeasurementCount: u32 = 0;
let nameBytes: u32 = 0;
/** Names, and room for those of one more line. */
let namesAt: usize = 0;
let namesTop: usize = 0;
let namesEnd: usize = 0;

/** What is to be kept when the line at hand is not. */
let keptFields: u32 = 0;
let keptMeasurements: u32 = 0;
let keptNamesTop: usize = 0;

export function reserveUnknownFields(): void {
  const most = limit(LIMIT_UNKNOWN_FIELDS) + limit(LIMIT_FIELDS) + 1;
  unknownFieldsAt = reserve(most * UNKNOWN_BYTES);
  measurementsAt = reserve((most + 1) * offsetof<PendingMeasurement>());
  fields.reserveSlots(most);
  measurements.reserveSlots(most + 1);
  const bytes = 3 * limit(LIMIT_LINE_BYTES);
  namesAt = reserve(bytes);
  namesEnd = namesAt + bytes;
  namesTop = namesAt;
}

export function clearUnknownFields(): void {
  if (unknownFieldCount == 0) return;
  fields.clear();
  measurements.clear();
  unknownFieldCount = 0;
  measurementCount = 0;
  newMeasurementCount = 0;
  nameBytes = 0;
  namesTop = namesAt;
  keepUnknownLine();
}

/** What was added so far stays; what the next line adds can be taken back. */
export function keepUnknownLine(): void {
  keptFields = unknownFieldCount;
  keptMeasurements = measurementCount;
  keptNamesTop = namesTop;
}

/** Whether a line more may be collected, however many fields and long names it has. */
export function hasRoomForUnknownLine(): bool {
  return unknownFieldCount < limit(LIMIT_UNKNOWN_FIELDS) && namesEnd - namesTop >= 2 * limit(LIMIT_LINE_BYTES);
}

/** How many fields the line at hand added. */
export function unknownFieldsOfLine(): u32 {
  return unknownFieldCount - keptFields;
}

/**
 * Notes a field of the line at hand.
 * @param name address of the unescaped name of the measurement
 * @returns the type that it was first seen with
 */
export function noteUnknownField(
  measurement: Measurement,
  name: usize,
  nameLength: u32,
  field: usize,
  fieldLength: u32,
  type: u32,
): u32 {
  const pending = pendingMeasurement(measurement, name, nameLength);
  const hash = hashBytes(field, fieldLength, changetype<usize>(pending));
  let slot = fields.first(hash);
  for (; fields.address(slot) != 0; slot = fields.next(slot, hash)) {
    const known = changetype<UnknownField>(fields.address(slot));
    const isSame = known.pending == pending && known.fieldLength == fieldLength && bytesEqual(known.field, field, fieldLength);
    if (isSame) return known.type;
  }
  const unknown = changetype<UnknownField>(unknownFieldsAt + unknownFieldCount++ * UNKNOWN_BYTES);
  unknown.measurement = pending.name;
  unknown.measurementLength = pending.nameLength;
  unknown.field = copyName(field, fieldLength);
  unknown.fieldLength = fieldLength;
  unknown.type = type;
  unknown.pending = pending;
  pending.fieldCount++;
  fields.put(slot, hash, changetype<usize>(unknown));
  return type;
}

function pendingMeasurement(measurement: Measurement, name: usize, nameLength: u32): PendingMeasurement {
  const hash = hashBytes(name, nameLength, 0);
  let slot = measurements.first(hash);
  for (; measurements.address(slot) != 0; slot = measurements.next(slot, hash)) {
    const known = changetype<PendingMeasurement>(measurements.address(slot));
    if (known.nameLength == nameLength && bytesEqual(known.name, name, nameLength)) return known;
  }
  const pending = changetype<PendingMeasurement>(measurementsAt + measurementCount++ * offsetof<PendingMeasurement>());
  pending.name = copyName(name, nameLength);
  pending.nameLength = nameLength;
  pending.fieldCount = 0;
  pending.isNew = <u32>(changetype<usize>(measurement) == 0);
  newMeasurementCount += pending.isNew;
  measurements.put(slot, hash, changetype<usize>(pending));
  return pending;
}

function copyName(name: usize, length: u32): usize {
  const copy = namesTop;
  memory.copy(copy, name, length);
  namesTop += length;
  nameBytes += length;
  return copy;
}

/** Whether limits allow to define what the line at hand added. @returns false when not: then the failure is recorded */
export function mayDefineUnknownFields(database: Database, measurement: Measurement): bool {
  const first = changetype<UnknownField>(unknownFieldsAt + keptFields * UNKNOWN_BYTES);
  const isNew = changetype<usize>(measurement) == 0;
  const fieldsMax = limit(LIMIT_FIELDS);
  const fieldCount = first.pending.fieldCount + (isNew ? 0 : measurement.fieldCount);
  const none: usize = 0;
  if (fieldCount > fieldsMax) return failLimit(ERROR_TOO_MANY_FIELDS, none, none, fieldsMax, fieldCount);
  const measurementsMax = limit(LIMIT_MEASUREMENTS);
  const total = database.measurements + newMeasurementCount;
  if (isNew && total > measurementsMax) return failLimit(ERROR_TOO_MANY_MEASUREMENTS, none, none, measurementsMax, total);
  if (catalogueHasRoom(unknownFieldCount, nameBytes)) return true;
  return failLimit(ERROR_CATALOGUE_FULL, none, none, limit(LIMIT_CATALOGUE_BYTES), 0);
}

/** Takes back what the line at hand added. */
export function dropUnknownLine(): void {
  while (unknownFieldCount > keptFields) {
    const unknown = changetype<UnknownField>(unknownFieldsAt + --unknownFieldCount * UNKNOWN_BYTES);
    const hash = hashBytes(unknown.field, unknown.fieldLength, changetype<usize>(unknown.pending));
    fields.remove(hash, changetype<usize>(unknown));
    unknown.pending.fieldCount--;
    nameBytes -= unknown.fieldLength;
  }
  while (measurementCount > keptMeasurements) {
    const pending = changetype<PendingMeasurement>(measurementsAt + --measurementCount * offsetof<PendingMeasurement>());
    const hash = hashBytes(pending.name, pending.nameLength, 0);
    measurements.remove(hash, changetype<usize>(pending));
    newMeasurementCount -= pending.isNew;
    nameBytes -= pending.nameLength;
  }
  namesTop = keptNamesTop;
}
