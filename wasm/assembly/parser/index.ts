/**
 * The line-protocol parser: the functions that the TypeScript door (line-parser.ts) calls. They take numbers and addresses in
 * linear memory; layout.ts draws what stands there.
 */
import { confirmSeries, retractSeries, startRound } from './announcements';
import { seedHash } from './bytes';
import { addDatabase, addField, addMeasurement, catalogueBytes, findField, findMeasurement, Measurement, reserveCatalogue } from './catalogue';
import { makeKey, reserveKeys } from './canonical-keys';
import './checks';
import { addOwner, belongsToAnother, reserveOwners, seedAt } from './collisions';
import { errorsAt } from './errors';
import { inputAt, reserveInput, setInput } from './input';
import { STATISTICS_BYTES, STATISTICS_CACHE_RESETS, STATISTICS_CATALOGUE_BYTES, STATISTICS_SERIES, STATISTICS_SERIES_BYTES, STATISTICS_SHAPE_RESETS, STATISTICS_SHAPES } from './layout';
import { limitsAt } from './limits';
import { reserveLineValues } from './line-values';
import { parseLines, searchLines, searchSeries, setLinesMax, startLines } from './lines';
import { isExhausted } from './memory';
import { allowNewSeries as setNewSeriesAllowed, newSeriesAt, newSeriesCount, newSeriesLeft, setVerdicts } from './new-series';
import { packedAt } from './packing';
import { emptyPartition, partitionAt, reservePartitions } from './partitions';
import { outcomeAt } from './rows';
import { cacheResets, refusedMeasurement, reserveSeriesCache, findSeries, Series, seriesBytes, seriesCount } from './series-cache';
import { canonicalAt, canonicalLength, reserveSeriesKey } from './series-key';
import { noShape, reserveShapes, shapeCount, shapeResets } from './shapes';
import { setPrecision, setTimeBounds } from './timestamps';
import { reserveUnknownFields, unknownFieldCount, unknownFieldsAt } from './unknown-fields';

export { packColumn } from './packing';

const statisticsAt: usize = memory.data(STATISTICS_BYTES, 8);

export function limitsAddress(): usize {
  return limitsAt;
}

export function seedAddress(): usize {
  return seedAt;
}

/**
 * Lays out memory; limits and seed are written before.
 * @param partitions a power of two
 * @param idMask bits of the hash that a series id keeps
 * @returns whether there was memory enough
 */
export function initialize(partitions: u32, idMask: u64): bool {
  seedHash(load<u64>(seedAt), load<u64>(seedAt, 8));
  reserveOwners();
  reserveInput();
  reserveSeriesKey();
  reserveKeys();
  reserveLineValues();
  reserveUnknownFields();
  reserveCatalogue();
  reservePartitions(partitions);
  reserveShapes();
  reserveSeriesCache();
  if (isExhausted()) return false;
  startLines(idMask);
  return true;
}

export function inputAddress(): usize {
  return inputAt;
}

export function outcomeAddress(): usize {
  return outcomeAt;
}

export function errorsAddress(): usize {
  return errorsAt;
}

/** How the lines of the next pieces are to be read; see lines.ts and timestamps.ts. */
export function setBody(unitNs: i64, nowNs: i64, timeMin: i64, timeMax: i64, linesMax: u32): void {
  setPrecision(unitNs, nowNs);
  setTimeBounds(timeMin, timeMax);
  setLinesMax(linesMax);
}

/** Parses the piece of `length` bytes at inputAddress(), after setBody. @returns a STATUS_ */
export function parse(length: u32, isLast: bool, database: u32, line: u32, errorsMax: u32): i32 {
  setInput(length, isLast);
  return parseLines(database, line, errorsMax);
}

/** Lists the unknown fields of the piece parsed last, from `offset` on. @returns how many stand at unknownFieldsAddress() */
export function searchUnknownFields(database: u32, offset: u32): u32 {
  searchLines(database, offset);
  return unknownFieldCount;
}

export function unknownFieldsAddress(): usize {
  return unknownFieldsAt;
}

/** Lets the lines parsed next bring about as many series that the cache does not hold. */
export function allowNewSeries(count: u32): void {
  setNewSeriesAllowed(count);
}

/** How many more they may bring about. */
export function newSeriesAllowed(): u32 {
  return newSeriesLeft;
}

/** Lists series of the piece parsed last, from `offset` on, that the cache does not hold. @returns how many stand at newSeriesAddress() */
export function searchNewSeries(database: u32, offset: u32): u32 {
  searchSeries(database, offset);
  return newSeriesCount;
}

export function newSeriesAddress(): usize {
  return newSeriesAt;
}

/** Of `count` series at newSeriesAddress() the first `admitted` may come in; the others are refused for the limit `max`. */
export function judgeSeries(admitted: u32, count: u32, max: u32): void {
  setVerdicts(admitted, count, max);
}

/** @returns the number of the new database, or -1 when there are too many */
export function defineDatabase(name: usize, length: u32): i32 {
  return addDatabase(name, length);
}

/** @returns the address of the measurement, added when it is not there; 0 when the catalogue is full */
export function defineMeasurement(database: u32, name: usize, length: u32): Measurement {
  let measurement = findMeasurement(database, name, length);
  if (changetype<usize>(measurement) != 0) return measurement;
  measurement = addMeasurement(database, name, length);
  if (changetype<usize>(measurement) != 0) measurement.shape = changetype<usize>(noShape);
  return measurement;
}

export function measurementNumber(measurement: Measurement): u32 {
  return measurement.number;
}

/** @returns the type of the field, which is another one when it was defined so before; 0 when the catalogue is full */
export function defineField(measurement: Measurement, name: usize, length: u32, type: u32): u32 {
  let field = findField(measurement, name, length);
  if (changetype<usize>(field) == 0) field = addField(measurement, name, length, type);
  return changetype<usize>(field) == 0 ? 0 : field.type;
}

export function pendingBytes(partition: u32): u32 {
  return partitionAt(partition).bytes;
}

export function pendingRows(partition: u32): u32 {
  return partitionAt(partition).rows;
}

/** Address of the partition's first block, or 0. */
export function firstBlock(partition: u32): usize {
  return partitionAt(partition).firstBlock;
}

/** Where `packColumn` says what it found. */
export function packedAddress(): usize {
  return packedAt;
}

export function resetPartition(partition: u32): void {
  emptyPartition(partitionAt(partition));
}

/** Generation of the series cache: handles of series are of no other. */
export function generation(): u32 {
  return cacheResets;
}

/** The keys of the series in the list (u32 addresses) are stored. */
export function confirm(list: usize, count: u32): void {
  for (let i: usize = 0; i < count; i++) confirmSeries(changetype<Series>(load<usize>(list + (i << 2))));
}

/** The announcements of the series in the list (u32 addresses) may be lost. */
export function retract(list: usize, count: u32): void {
  for (let i: usize = 0; i < count; i++) retractSeries(changetype<Series>(load<usize>(list + (i << 2))));
}

/** Refuses lines of other keys than the one with this check that have the id. @returns false when there are too many such ids */
export function refuse(id: u64, check: u64): bool {
  if (!addOwner(id, check)) return false;
  const series = findSeries(id);
  if (series == null) return true;
  makeKey(series);
  if (belongsToAnother(id, canonicalAt, canonicalLength)) series.measurement = refusedMeasurement;
  return true;
}

export function forgetConfirmations(): void {
  startRound();
}

/** @returns the address of the figures */
export function statistics(): usize {
  store<u32>(statisticsAt, seriesCount(), STATISTICS_SERIES);
  store<u32>(statisticsAt, seriesBytes(), STATISTICS_SERIES_BYTES);
  store<u32>(statisticsAt, cacheResets, STATISTICS_CACHE_RESETS);
  store<u32>(statisticsAt, shapeCount(), STATISTICS_SHAPES);
  store<u32>(statisticsAt, shapeResets, STATISTICS_SHAPE_RESETS);
  store<u32>(statisticsAt, catalogueBytes(), STATISTICS_CATALOGUE_BYTES);
  return statisticsAt;
}
