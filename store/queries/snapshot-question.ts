import {
  floorMs,
  type MeasurementSummary,
  type SnapshotPart,
  type SnapshotQuery,
  type TimeWindow,
} from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import type { Measured } from '../labels/label-index.ts';
import type { Database } from '../postgres.ts';
import { PartWriter, textBytes } from './answer-parts.ts';
import type { Question } from './question.ts';

const MINUTE_MS = 60_000;
/** New series are counted by whole minutes, and the present one is only part of one. */
const SERIES_NEW_MINUTES = 59;
/** Of a summary, encoded, besides its names. */
const KEYS_AND_NUMBERS_BYTES = 192;
const FIELD_KEYS_AND_TYPE_BYTES = 20;
const COUNT_BYTES = 5;

/** The catalogue: of everything, or of some measurements. */
export function snapshotQuestion({ measurements: wanted }: SnapshotQuery): Question {
  const isWanted = wantedOf(wanted);
  return async ({ series, database, send }) => {
    // Before series are read: what is read afterwards has everything up to these positions, maybe more.
    const { positions, writes } = await readCommitted(database);
    await series.refresh();
    const seriesNewWindow = hourBefore(series.refreshedAtMs);
    await send({
      kind: 'snapshot',
      positions,
      databases: series.index.databases(),
      seriesNewWindow,
      measurements: [],
    });
    const parts = new PartWriter<MeasurementSummary>((measurements) =>
      send({ kind: 'snapshot', measurements }),
    );
    for (const measured of series.index.measurements()) {
      if (!isWanted(measured.table)) continue;
      const written = writes.get(measured.table.id) ?? NEVER_WRITTEN;
      const summary = summaryOf(measured, written, seriesNewWindow);
      await parts.add(summary, summaryBytes(summary));
    }
    await parts.flush();
    return { warnings: [] };
  };
}

function wantedOf(wanted: SnapshotQuery['measurements']): (table: Table) => boolean {
  if (wanted === undefined) return () => true;
  const keys = new Set(wanted.map(([database, measurement]) => `${database}\0${measurement}`));
  return ({ database, measurement }) => keys.has(`${database}\0${measurement}`);
}

function hourBefore(toMs: number): TimeWindow {
  const minute = Math.floor(toMs / MINUTE_MS);
  return { fromMs: (minute - SERIES_NEW_MINUTES) * MINUTE_MS, toMs };
}

function summaryOf(
  { table, series }: Measured,
  writes: Writes,
  { fromMs }: TimeWindow,
): MeasurementSummary {
  const { tagKeys } = series;
  return {
    db: table.database,
    name: table.measurement,
    fields: Array.from(table.fields.values(), ({ name, type }) => ({ name, type })),
    tagKeys,
    tagValueCounts: tagKeys.map((key) => series.column(key)?.valueCount ?? 0),
    seriesCount: series.size,
    seriesNew: series.creations.since(fromMs),
    ...writes,
  };
}

type Writes = Pick<
  MeasurementSummary,
  'newestMs' | 'firstWriteMs' | 'lastWriteMs' | 'rows' | 'merged' | 'countedSinceMs'
>;

interface Committed {
  readonly positions: NonNullable<SnapshotPart['positions']>;
  /** By number of measurement. */
  readonly writes: ReadonlyMap<number, Writes>;
}

/** At one moment, so that whoever counts on from the positions counts each row once. */
function readCommitted(database: Database): Promise<Committed> {
  return database.begin('isolation level repeatable read read only', async (transaction) => {
    const positions = await transaction`
      SELECT partition, stream, seq, commits FROM overseer.progress ORDER BY partition`;
    const writes = await transaction`
      SELECT measurement_id, max(time_max_ns) AS newest_ns,
        min(first_written_at) AS first_written_at, max(written_at) AS written_at,
        sum(rows)::bigint AS rows, sum(merged)::bigint AS merged, min(counted_since) AS counted_since
      FROM overseer.newest GROUP BY measurement_id`;
    return {
      positions: positions.map(({ partition, stream, seq, commits }) => ({
        partition,
        stream,
        sequence: Number(seq),
        commits: Number(commits),
      })),
      writes: new Map(
        writes.map((row) => [
          row.measurement_id,
          {
            newestMs: floorMs(row.newest_ns),
            firstWriteMs: timeOf(row.first_written_at),
            lastWriteMs: timeOf(row.written_at),
            rows: Number(row.rows),
            merged: Number(row.merged),
            countedSinceMs: timeOf(row.counted_since),
          },
        ]),
      ),
    };
  });
}

const NEVER_WRITTEN: Writes = {
  newestMs: null,
  firstWriteMs: null,
  lastWriteMs: null,
  rows: 0,
  merged: 0,
  countedSinceMs: null,
};

const timeOf = (at: Date | null) => at?.getTime() ?? null;

function summaryBytes({ db, name, fields, tagKeys }: MeasurementSummary): number {
  let bytes = KEYS_AND_NUMBERS_BYTES + textBytes(db) + textBytes(name);
  for (const field of fields) bytes += FIELD_KEYS_AND_TYPE_BYTES + textBytes(field.name);
  for (const key of tagKeys) bytes += textBytes(key) + COUNT_BYTES;
  return bytes;
}
