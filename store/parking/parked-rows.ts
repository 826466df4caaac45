import type { LetterHistory } from '@overseer/shared';
import type { Place } from '../deletion/drop-list.ts';
import { arrayLiteral, type Database, type Transaction } from '../postgres.ts';

/** Blocks that are read at once at the most: many tiny ones should not make a transaction endless. */
const BLOCKS_AT_ONCE_MAX = 4096;

/** A block alone, as it is while it is parked. */
export interface BlockAlone {
  readonly database: string;
  readonly measurement: string;
  /** Where it came from. */
  readonly sequence: number;
  readonly block: number;
  /** A batch of this one block. */
  readonly payload: Uint8Array;
  /** Of a block that was a dead letter before. */
  readonly history?: LetterHistory | undefined;
}

/** A block that is to be stored once its table has the columns for it. */
export interface BlockToPark extends BlockAlone {
  readonly rows: number;
}

export interface ParkedBlock extends BlockAlone {
  /** Parked blocks are numbered in the order in which they came. */
  readonly id: bigint;
  /** Which stream the sequence is of. */
  readonly stream: string;
}

/** How much of a measurement is parked. */
export interface ParkedAmount {
  readonly blocks: number;
  readonly bytes: number;
}

/** Parks blocks, in the transaction that moves the position past them. */
export async function insertParked(
  transaction: Transaction,
  { partition, partitions, stream }: { partition: number; partitions: number; stream: string },
  blocks: readonly BlockAlone[],
): Promise<void> {
  if (blocks.length === 0) return;
  const texts = (of: (block: BlockAlone) => string | number) => arrayLiteral(blocks.map(of));
  const nullable = (values: readonly (string | number | undefined)[]) =>
    JSON.stringify(values.map((value) => value ?? null));
  await transaction`
    INSERT INTO overseer.parked (partition, partitions, stream, sequence, block, database, measurement, payload, tries, first_seen)
    SELECT ${partition}::int, ${partitions}::int, ${stream}, sequence, block, database, measurement, payload, tries::int, first_seen
    FROM ROWS FROM (
      unnest(${texts(({ sequence }) => sequence)}::text::bigint[]),
      unnest(${texts(({ block }) => block)}::text::int[]),
      unnest(${texts(({ database }) => database)}::text::text[]),
      unnest(${texts(({ measurement }) => measurement)}::text::text[]),
      unnest(${texts(({ payload }) => `\\x${Buffer.from(payload).toString('hex')}`)}::text::bytea[]),
      json_array_elements_text(${nullable(blocks.map(({ history }) => history?.tries))}::text::json),
      json_array_elements_text(${nullable(blocks.map(({ history }) => history?.firstSeen))}::text::json)
    ) WITH ORDINALITY AS parked (sequence, block, database, measurement, payload, tries, first_seen, number)
    ORDER BY number`;
}

/** Takes blocks out, in the transaction that stores their rows. */
export async function deleteParked(
  transaction: Transaction,
  blocks: readonly ParkedBlock[],
): Promise<void> {
  if (blocks.length === 0) return;
  await transaction`
    DELETE FROM overseer.parked WHERE id = ANY(${arrayLiteral(blocks.map(({ id }) => id))}::text::bigint[])`;
}

/**
 * The first blocks of a measurement in a partition, all of one stream.
 * @param bytesMax of their payloads, besides the first
 */
export async function readParked(
  database: Database,
  partition: number,
  place: Place,
  bytesMax: number,
  blocksMax = BLOCKS_AT_ONCE_MAX,
): Promise<ParkedBlock[]> {
  const rows = await database`
    SELECT * FROM (
      SELECT *, sum(octet_length(payload)) OVER (ORDER BY id) AS bytes, first_value(stream) OVER (ORDER BY id) AS first_stream
      FROM (
        SELECT * FROM overseer.parked
        WHERE partition = ${partition} AND database = ${place.database} AND measurement = ${place.measurement}
        ORDER BY id LIMIT ${Math.min(blocksMax, BLOCKS_AT_ONCE_MAX)}
      ) first
    ) summed
    WHERE stream = first_stream AND (bytes <= ${bytesMax} OR bytes = octet_length(payload))
    ORDER BY id`;
  return rows.map(parkedBlock);
}

/** A row of the table. */
export function parkedBlock(row: Readonly<Record<string, unknown>>): ParkedBlock {
  return {
    id: row.id as bigint,
    stream: String(row.stream),
    sequence: Number(row.sequence),
    block: Number(row.block),
    database: String(row.database),
    measurement: String(row.measurement),
    payload: row.payload as Uint8Array,
    history:
      row.tries === null
        ? undefined
        : { tries: Number(row.tries), firstSeen: String(row.first_seen ?? '') },
  };
}

/** What is parked in a partition, by measurement. */
export async function readParkedAmounts(
  database: Database,
  partition: number,
): Promise<(Place & ParkedAmount)[]> {
  const rows = await database`
    SELECT database, measurement, count(*)::int AS blocks, sum(octet_length(payload))::float8 AS bytes
    FROM overseer.parked WHERE partition = ${partition} GROUP BY database, measurement`;
  return rows.map((row) => ({
    database: row.database,
    measurement: row.measurement,
    blocks: row.blocks,
    bytes: row.bytes,
  }));
}
