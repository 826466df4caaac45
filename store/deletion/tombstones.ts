import { arrayLiteral, type Database } from '../postgres.ts';

/** A registered series whose measurement was dropped, or that was deleted itself. */
export interface Tombstone {
  /** As the batches have it: unsigned. */
  readonly id: bigint;
  readonly check: bigint;
  /** JSON object. */
  readonly tags: string;
}

/** Those of the series that are nobody's: an ingress that has not heard of a drop takes them for known. */
export async function readTombstones(
  database: Database,
  ids: Iterable<bigint>,
): Promise<Tombstone[]> {
  const signed = arrayLiteral(Array.from(ids, (id) => BigInt.asIntN(64, id)));
  const rows = await database`
    SELECT id, "check", tags::text AS tags FROM overseer.series s
    WHERE id = ANY(${signed}::text::bigint[])
      AND NOT EXISTS (SELECT FROM overseer.measurements m WHERE m.id = s.measurement_id)`;
  return rows.map((row) => ({
    id: BigInt.asUintN(64, row.id),
    check: BigInt.asUintN(64, row.check),
    tags: row.tags,
  }));
}

/** No row of the table is newer, as far as is committed; undefined: there are none. */
export async function readNewestNs(
  database: Database,
  tableId: number,
): Promise<bigint | undefined> {
  const [row] = await database`
    SELECT max(time_max_ns) AS newest_ns FROM overseer.newest WHERE measurement_id = ${tableId}`;
  return row?.newest_ns ?? undefined;
}
