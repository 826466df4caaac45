import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import { copyColumns, encodeCopy } from './copy-rows.ts';
import type { Contender } from './harness.ts';
import { type Metered, ProcessMeter } from './processes.ts';
import { Random } from './random.ts';
import { type CpuOnlyOptions, CpuOnlyWalk } from './tsbs.ts';

/** A plain heap, or a table range-partitioned on time with BRIN, as the store makes them. */
export type TableKind = 'heap' | 'partitioned';

/** Points encoded as one COPY, and the columns of a table that takes them. */
export interface EncodedLoad {
  rows: number;
  columns: string;
  chunks: readonly Uint8Array[];
}

/** Encodes the first rows of a load. The series ids are random, as hashes are. */
export function encodeLoad(options: CpuOnlyOptions, rows: number): EncodedLoad {
  const walk = new CpuOnlyWalk(options);
  const random = new Random(options.seed);
  const seriesByHost = BigInt64Array.from({ length: options.hosts }, () =>
    BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())),
  );
  return { rows, columns: copyColumns(walk), chunks: encodeCopy(walk, rows, seriesByHost) };
}

/**
 * The contender that gives PostgreSQL no more work than it must do for these rows: encoded before,
 * one connection, one COPY, one transaction.
 */
export function rawCopyContender(
  name: string,
  kind: TableKind,
  load: EncodedLoad,
  server: Metered,
  sql: Sql,
): Contender {
  const meter = new ProcessMeter({ postgres: server });
  return {
    name,
    async run() {
      await makeCopyTable(sql, kind, load.columns);
      meter.start();
      const startedAt = performance.now();
      await copyRows(sql, load.chunks);
      const seconds = (performance.now() - startedAt) / 1000;
      const { cpuSeconds } = meter.stop().postgres;
      await dropTable(sql, load.rows);
      return {
        rowsPerSecond: load.rows / seconds,
        postgresCpuSecondsPerMillionRows: (cpuSeconds / load.rows) * 1e6,
      };
    },
  };
}

/**
 * Makes the empty table `raw_copy`, right after a checkpoint, so that no run pays for the one
 * before.
 */
export async function makeCopyTable(sql: Sql, kind: TableKind, columns: string): Promise<void> {
  await sql.unsafe('drop table if exists raw_copy');
  if (kind === 'heap') await sql.unsafe(`create table raw_copy (${columns})`);
  else
    await sql.unsafe(`
      create table raw_copy (${columns}) partition by range (time);
      create table raw_copy_all partition of raw_copy for values from (minvalue) to (maxvalue)
        with (autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 1);
      create index on raw_copy using brin (time) with (autosummarize = on)`);
  await sql.unsafe('checkpoint');
}

/** Copies rows into it as one transaction. */
export async function copyRows(sql: Sql, chunks: readonly Uint8Array[]): Promise<void> {
  const target = await sql.unsafe('copy raw_copy from stdin (format binary)').writable();
  await pipeline(Readable.from(chunks), target);
}

/** @throws when not all rows are there: the figure would be of something else. */
async function dropTable(sql: Sql, rows: number): Promise<void> {
  const [counted] = await sql<{ rows: number }[]>`select count(*)::int as rows from raw_copy`;
  if (counted?.rows !== rows)
    throw new Error(`${rows} rows were copied, ${counted?.rows} are in the table`);
  await sql.unsafe('drop table raw_copy');
}
