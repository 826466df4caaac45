import type { MeasurementSummary, SnapshotPart, SnapshotQuery } from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import type { Measured } from '../labels/label-index.ts';
import type { Database } from '../postgres.ts';
import { PartWriter, textBytes } from './answer-parts.ts';
import type { Question } from './question.ts';

const NS_PER_MS = 1_000_000n;
/** Of a summary, encoded, besides its names. */
const KEYS_AND_NUMBERS_BYTES = 96;
const FIELD_KEYS_AND_TYPE_BYTES = 20;

/** The catalogue: of everything, or of some measurements. */
export function snapshotQuestion({ measurements: wanted }: SnapshotQuery): Question {
  const isWanted = wantedOf(wanted);
  return async ({ series, database, send }) => {
    // Before all else: what is read afterwards has everything up to these positions, maybe more.
    const positions = await readPositions(database);
    const writes = await readWrites(database);
    await series.refresh();
    await send({
      kind: 'snapshot',
      positions,
      databases: series.index.databases(),
      measurements: [],
    });
    const parts = new PartWriter<MeasurementSummary>((measurements) =>
      send({ kind: 'snapshot', measurements }),
    );
    for (const measured of series.index.measurements()) {
      if (!isWanted(measured.table)) continue;
      const summary = summaryOf(measured, writes.get(measured.table.id) ?? NEVER_WRITTEN);
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

function summaryOf({ table, series }: Measured, writes: Writes): MeasurementSummary {
  return {
    db: table.database,
    name: table.measurement,
    fields: Array.from(table.fields.values(), ({ name, type }) => ({ name, type })),
    tagKeys: [...series.tagKeys].sort(),
    seriesCount: series.size,
    ...writes,
  };
}

async function readPositions(database: Database): Promise<NonNullable<SnapshotPart['positions']>> {
  const rows = await database`
    SELECT partition, stream, seq FROM overseer.progress ORDER BY partition`;
  return rows.map(({ partition, stream, seq }) => ({ partition, stream, sequence: Number(seq) }));
}

type Writes = Pick<MeasurementSummary, 'newestMs' | 'lastWriteMs'>;

const NEVER_WRITTEN: Writes = { newestMs: null, lastWriteMs: null };

/** By number of measurement. */
async function readWrites(database: Database): Promise<Map<number, Writes>> {
  const rows = await database`
    SELECT measurement_id, max(time_max_ns) AS newest_ns, max(written_at) AS written_at
    FROM overseer.newest GROUP BY measurement_id`;
  return new Map(
    rows.map(({ measurement_id, newest_ns, written_at }) => [
      measurement_id,
      { newestMs: floorMs(newest_ns), lastWriteMs: written_at?.getTime() ?? null },
    ]),
  );
}

/** Rounded down also before 1970. */
function floorMs(timeNs: bigint): number {
  const remainder = ((timeNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  return Number((timeNs - remainder) / NS_PER_MS);
}

function summaryBytes({ db, name, fields, tagKeys }: MeasurementSummary): number {
  let bytes = KEYS_AND_NUMBERS_BYTES + textBytes(db) + textBytes(name);
  for (const field of fields) bytes += FIELD_KEYS_AND_TYPE_BYTES + textBytes(field.name);
  for (const key of tagKeys) bytes += textBytes(key);
  return bytes;
}
