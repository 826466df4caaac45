import type { Database, Transaction } from '../postgres.ts';

/** A database or a measurement that was dropped, or series of a measurement that were deleted. */
export interface Drop {
  /** Drops are numbered in the order in which they happened. */
  readonly id: bigint;
  readonly database: string;
  /** Undefined: the whole database. */
  readonly measurement: string | undefined;
  /** Number of the measurement of which just series were deleted; undefined: it was dropped altogether. */
  readonly seriesOf: number | undefined;
  /** Messages of this stream up to `upto` are from before the drop. */
  readonly stream: string;
  readonly upto: number;
  /** Those up to here may come from an ingress that had not heard of it; undefined: nobody knows yet how long. */
  readonly settledUpto: number | undefined;
  /** Numbers of the tables that went with it. */
  readonly tableIds: readonly number[];
}

export interface Place {
  readonly database: string;
  readonly measurement: string;
}

/** How a block stands to a drop: from before it, or maybe made without knowing of it. */
export interface Standing {
  readonly drop: Drop;
  readonly isBefore: boolean;
}

/** Every drop of which something may still be under way, as it was read at one moment. */
export class DropList {
  static readonly none = new DropList([]);
  readonly #drops: readonly Drop[];
  readonly #byDatabase: ReadonlyMap<string, readonly Drop[]>;

  /** @param drops in their order */
  constructor(drops: readonly Drop[]) {
    this.#drops = drops;
    this.#byDatabase = Map.groupBy(drops, ({ database }) => database);
  }

  get isEmpty(): boolean {
    return this.#drops.length === 0;
  }

  /** Number of the newest; 0 when there is none. */
  get newest(): bigint {
    return this.#drops.at(-1)?.id ?? 0n;
  }

  find(id: bigint): Drop | undefined {
    return this.#drops.find((drop) => drop.id === id);
  }

  /** Numbers of the tables that go on and of which series were deleted. */
  tablesWithDeletedSeries(): number[] {
    return this.#drops.flatMap(({ seriesOf }) => seriesOf ?? []);
  }

  /** Those after the one with this number. */
  since(id: bigint): readonly Drop[] {
    return this.#drops.filter((drop) => drop.id > id);
  }

  /** How a block of this message stands to the drops of its measurement, if it is not behind them all. */
  standingOf(place: Place, stream: string, sequence: number): Standing | undefined {
    const drops = this.#of(place).filter(
      (drop) => drop.seriesOf === undefined && drop.stream === stream,
    );
    const before = drops.findLast((drop) => sequence <= drop.upto);
    if (before) return { drop: before, isBefore: true };
    const unaware = drops.findLast((drop) => sequence <= (drop.settledUpto ?? Infinity));
    return unaware && { drop: unaware, isBefore: false };
  }

  #of({ database, measurement }: Place): readonly Drop[] {
    const drops = this.#byDatabase.get(database) ?? [];
    return drops.filter((drop) => (drop.measurement ?? measurement) === measurement);
  }
}

/** Reads all drops that are on record. */
export async function readDrops(database: Database | Transaction): Promise<DropList> {
  const rows = await database`
    SELECT d.id, d.database, d.measurement, d.series_of, d.stream, d.upto, d.settled_upto,
      coalesce((
        SELECT json_agg(t.measurement_id) FROM overseer.dropped_tables t WHERE t.dropped_id = d.id
      ), '[]') AS table_ids
    FROM overseer.dropped d ORDER BY d.id`;
  return new DropList(
    rows.map((row) => ({
      id: row.id,
      database: row.database,
      measurement: row.measurement ?? undefined,
      seriesOf: row.series_of ?? undefined,
      stream: row.stream,
      upto: Number(row.upto),
      settledUpto: row.settled_upto === null ? undefined : Number(row.settled_upto),
      tableIds: row.table_ids,
    })),
  );
}

/** Number of the newest drop on record; 0 when there is none. */
export async function readNewestDrop(database: Database | Transaction): Promise<bigint> {
  const [row] = await database`SELECT coalesce(max(id), 0) AS newest FROM overseer.dropped`;
  return row?.newest ?? 0n;
}

/** Something was dropped that this store has not heard of: it must learn of it, and plan again. */
export class UnknownDropError extends Error {
  override name = 'UnknownDropError';
}
