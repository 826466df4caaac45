import { deepStrictEqual } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { BATCH_BYTES_MAX, type Block, decodeBatch, encodeBatch } from '@overseer/shared/batch';
import type { FieldType } from '@overseer/shared/field-type';
import { unpackColumn } from '@overseer/shared/packed-column';
import { startBody } from './body-progress.ts';
import type { LineError } from './line-error.ts';
import { LineParser } from './line-parser.ts';
import type { OpenBlock } from './open-blocks.ts';
import { completeLimits, type ParserLimits } from './parser-limits.ts';
import { ReferenceParser, type ReferencePoint } from './reference.ts';
import type { ReferenceBody, ReferenceValue } from './reference-statement.ts';

/** For tests: the same body through the parser and its reference, and what came out in one form. */

export const TEST_SEED = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
export const TEST_PARTITIONS = 4;

/** A point in text, so that a difference is readable; floats exact, with their sign of zero. */
export interface RunPoint {
  readonly measurement: string;
  readonly tags: string;
  readonly series: string;
  readonly partition: number;
  readonly time: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Run {
  /** In order of arrival among those of the same partition, measurement and fields. */
  readonly points: RunPoint[];
  readonly errors: ReturnType<LineError['toJSON']>[];
}

export interface RunOptions extends ReferenceBody {
  readonly defined?: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
}

export interface Parsers {
  readonly parser: LineParser;
  readonly reference: ReferenceParser;
}

export async function createParsers(
  limits: Partial<ParserLimits>,
  idBits = 64,
  partitions = TEST_PARTITIONS,
): Promise<Parsers> {
  const complete = completeLimits({ databasesMax: 100_000, ...limits });
  const options = { seed: TEST_SEED, partitions, limits: complete, idBits };
  return {
    parser: await LineParser.create(options),
    reference: new ReferenceParser(options),
  };
}

const ERRORS_MAX = 10_000;

/** @throws Error when the parser breaks a promise that doesn't depend on what it is given */
export function runParser(parser: LineParser, body: Uint8Array, options: RunOptions): Run {
  for (const { measurement, fields } of definitions(options)) {
    parser.defineFields(options.database, measurement, fields);
  }
  const { database, precision, nowNs, oldestNs, newestNs, linesMax } = options;
  const progress = startBody({
    database: parser.database(database),
    precision,
    nowNs,
    oldestNs,
    newestNs,
    linesMax,
    errorsMax: ERRORS_MAX,
  });
  const batches: (readonly Block[])[] = [];
  const take = (partition: number) => {
    const blocks = parser.take(partition);
    if (blocks.length > 0) {
      batches.push(copyBatch(parser, partition, blocks));
    }
    parser.reset(partition);
  };
  let definedInVain = 0;
  for (;;) {
    const before = progress.offset;
    const status = parser.parse(body, progress);
    if (status === 'done') break;
    if (status === 'full') {
      take(parser.fullPartition());
      definedInVain = 0;
      continue;
    }
    const unknown = parser.unknownFields();
    definedInVain = progress.offset > before ? 0 : definedInVain + 1;
    if (unknown.length === 0 || definedInVain > 2) throw new Error(`unknown at ${before}`);
    for (const field of unknown) parser.defineFields(field.database, field.measurement, [field]);
  }
  for (let partition = 0; partition < parser.partitions; partition++) take(partition);
  if (progress.rejected !== progress.errors.length) throw new Error('errors were lost');
  const points = batches.flatMap((blocks) => readPoints(blocks, parser.partitions));
  if (points.length !== progress.accepted) throw new Error('accepted lines are no rows');
  return { points, errors: progress.errors.map((error) => error.toJSON()) };
}

export function runReference(
  reference: ReferenceParser,
  body: Uint8Array,
  options: RunOptions,
): Run {
  for (const { measurement, fields } of definitions(options)) {
    reference.defineFields(options.database, measurement, fields);
  }
  const { points, errors } = reference.parse(body, options);
  return { points: points.map(describePoint), errors: errors.map((error) => error.toJSON()) };
}

function* definitions({ defined = {} }: RunOptions) {
  for (const [measurement, types] of Object.entries(defined)) {
    const fields = Object.entries(types).map(([name, type]) => ({ name, type }));
    yield { measurement, fields };
  }
}

/** @throws when the parser and its reference differ in any way that matters */
export function expectSame(parsers: Parsers, body: Uint8Array, options: RunOptions): Run {
  const actual = runParser(parsers.parser, body, options);
  const expected = runReference(parsers.reference, body, options);
  expectEqual(actual.errors, expected.errors);
  expectEqual(grouped(actual), grouped(expected));
  expectEqual(stored(actual), stored(expected));
  return expected;
}

/** The assertion tells what differs, but is slow. */
function expectEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) deepStrictEqual(actual, expected);
}

/** Points of either run by partition, measurement and fields: only among these the order of a run is that of arrival. */
export function grouped(run: Run): Record<string, RunPoint[]> {
  const groups = run.points.map((point) => {
    const fields = Object.keys(point.fields).sort();
    return [JSON.stringify([point.partition, point.measurement, ...fields]), point] as const;
  });
  groups.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const result: Record<string, RunPoint[]> = {};
  for (const [group, point] of groups) {
    result[group] = [...(result[group] ?? []), point];
  }
  return result;
}

/** What a store ends up with that applies points in their order, later values winning field by field. */
export function stored(run: Run): Record<string, Record<string, string>> {
  const rows: Record<string, Record<string, string>> = {};
  for (const { measurement, series, time, fields } of run.points) {
    const row = JSON.stringify([measurement, series, time]);
    rows[row] = { ...rows[row], ...fields };
  }
  return Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

/** The blocks as the store reads them, checked for what must be true of all. */
function copyBatch(
  parser: LineParser,
  partition: number,
  blocks: readonly OpenBlock[],
): readonly Block[] {
  const { rows, bytes } = parser.pending(partition);
  const message = encodeBatch({ installation: '01234567', blocks });
  const encoded = message.length;
  if (encoded > bytes) throw new Error(`${bytes} bytes pending became ${encoded}`);
  if (encoded > BATCH_BYTES_MAX) throw new Error(`a batch of ${encoded} bytes`);
  const blockRows = blocks.reduce((total, block) => total + block.rows, 0);
  if (blockRows !== rows) throw new Error(`${rows} rows pending are ${blockRows}`);
  for (const block of blocks) checkAnnouncements(block);
  return decodeBatch(message).blocks;
}

/** Nothing is confirmed in these runs, so a block announces exactly its series. */
function checkAnnouncements(block: Block): void {
  const announced = ids(block.announced?.ids ?? new Uint8Array());
  const series = new Set(ids(block.series));
  if (announced.length !== series.size || announced.some((id) => !series.has(id))) {
    throw new Error('a block announces other series than its own');
  }
}

function readPoints(blocks: readonly Block[], partitions: number): RunPoint[] {
  return blocks.flatMap((block) => {
    const tags = tagsById(block);
    const times = new BigInt64Array(block.times.slice().buffer);
    return ids(block.series).map((series, row) => ({
      measurement: block.measurement,
      tags: tags.get(series) ?? 'not announced',
      series: series.toString(16),
      partition: Number(series >> BigInt(64 - Math.log2(partitions))),
      time: String(times[row]),
      fields: Object.fromEntries(
        block.fields.map(({ name }, index) => [name, describeValue(readValue(block, index, row))]),
      ),
    }));
  });
}

function ids(bytes: Uint8Array): bigint[] {
  return [...new BigUint64Array(bytes.slice().buffer)];
}

function tagsById({ announced }: Block): Map<bigint, string> {
  if (!announced) return new Map();
  const ends = [...new Uint32Array(announced.ends.slice().buffer)];
  return new Map(
    ids(announced.ids).map((id, i) => [
      id,
      Buffer.from(announced.keys.subarray(ends[i - 1] ?? 0, ends[i])).toString(),
    ]),
  );
}

function readValue(block: Block, index: number, row: number): ReferenceValue {
  const column = block.columns[index];
  const type = block.fields[index]?.type;
  if (!column || !type) throw new Error('a field without a column');
  if ('ends' in column) {
    const ends = new Uint32Array(column.ends.slice().buffer);
    const text = column.bytes.subarray(ends[row - 1] ?? 0, ends[row]);
    return { type, value: Buffer.from(text).toString() };
  }
  const values =
    'codes' in column ? unpackColumn(column, type === 'float', block.rows) : column.values;
  const view = new DataView(values.buffer, values.byteOffset);
  switch (type) {
    case 'float':
      return { type, value: view.getFloat64(row * 8, true) };
    case 'integer':
      return { type, value: view.getBigInt64(row * 8, true) };
    case 'unsigned':
      return { type, value: view.getBigUint64(row * 8, true) };
    default:
      return { type, value: view.getUint8(row) === 1 };
  }
}

function describePoint(point: ReferencePoint): RunPoint {
  // The key's tags stand behind database and measurement.
  const tags = point.key.split('\0').slice(2).join('\0');
  return {
    measurement: point.measurement,
    tags: Buffer.from(tags, 'latin1').toString(),
    series: point.series.toString(16),
    partition: point.partition,
    time: String(point.timeNs),
    fields: Object.fromEntries(
      [...point.fields].map(([name, value]) => [name, describeValue(value)]),
    ),
  };
}

export function describeValue({ type, value }: ReferenceValue): string {
  return `${type} ${Object.is(value, -0) ? '-0' : String(value)}`;
}
