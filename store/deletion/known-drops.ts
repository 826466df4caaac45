import type { SeriesIndex } from '@overseer/wasm';
import { arrayLiteral, type Database } from '../postgres.ts';
import { DropList, readDrops } from './drop-list.ts';

/** Drops that the owner has not heard of are off the record already: what it knows of series is void. */
export class ForgottenDropError extends Error {
  override name = 'ForgottenDropError';
}

/** What went with the drops that an owner learns of. */
export interface Losses {
  /** Tables that are no more. */
  readonly tableIds: ReadonlySet<number>;
  /** How many series of tables that go on were deleted and in the index, by the table's number. */
  readonly deletedSeries: ReadonlyMap<number, number>;
}

/** What the owner of a partition knows of drops: as much as its position must take into account. */
export class KnownDrops {
  readonly #database: Database;
  #list = DropList.none;
  #generation = 0n;
  #floors: ReadonlyMap<number, bigint> = new Map();

  /** @param database the owner's */
  constructor(database: Database) {
    this.#database = database;
  }

  get list(): DropList {
    return this.#list;
  }

  /** Number of the newest that the position had heard of, when it was asked. */
  get generation(): bigint {
    return this.#generation;
  }

  /**
   * Of a table that series were deleted of, the newest time of any row, when that was learned; undefined: none were. A series that comes
   * back may have rows up to it, of which the index knows nothing any more.
   */
  floorOf(tableId: number): bigint | undefined {
    return this.#floors.get(tableId);
  }

  /** At the start, before series are loaded. @param generation of the position */
  async start(generation: bigint): Promise<void> {
    this.#generation = generation;
    await this.#read();
  }

  /**
   * Learns what was dropped since, and makes the index forget its series.
   * @param generation of the position, read before
   * @throws ForgottenDropError when that can't be known any more
   */
  async learn(generation: bigint, index: SeriesIndex): Promise<Losses> {
    const before = this.#generation;
    const [row] = await this.#database`SELECT drops_forgotten FROM overseer.catalogue_version`;
    if (row?.drops_forgotten > before) {
      throw new ForgottenDropError(
        `drops beyond ${before} were forgotten before they were heard of`,
      );
    }
    await this.#read();
    this.#generation = generation;
    const drops = this.#list.since(before);
    const tableIds = new Set(drops.flatMap((drop) => drop.tableIds));
    index.removeTables(tableIds);
    const deletedSeries = new Map<number, number>();
    for (const { id, seriesOf } of drops) {
      if (seriesOf === undefined) continue;
      const removed = index.removeAll(await this.#deletedBy(id));
      deletedSeries.set(seriesOf, (deletedSeries.get(seriesOf) ?? 0) + removed);
    }
    return { tableIds, deletedSeries };
  }

  async #read(): Promise<void> {
    this.#list = await readDrops(this.#database);
    const tableIds = arrayLiteral(this.#list.tablesWithDeletedSeries());
    const rows = await this.#database`
      SELECT measurement_id, max(time_max_ns) AS newest_ns FROM overseer.newest
      WHERE measurement_id = ANY(${tableIds}::text::int[]) GROUP BY measurement_id`;
    this.#floors = new Map(rows.map((row) => [row.measurement_id, row.newest_ns]));
  }

  /** Series that the drop deleted and that nobody has brought back. */
  async #deletedBy(id: bigint): Promise<bigint[]> {
    const rows = await this.#database`
      SELECT id FROM overseer.series WHERE measurement_id = ${-id} AND measurement_id < 0`;
    return rows.map((row) => BigInt.asUintN(64, row.id));
  }
}
