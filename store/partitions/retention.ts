import type { Retention, Retentions } from '@overseer/shared';
import type { Row } from 'postgres';
import type { Table } from '../catalogue.ts';
import type { Database } from '../postgres.ts';
import { readRetentionNowMs } from './retention-clock.ts';

/** How long points are kept: what PostgreSQL has of it, in memory. */
export class RetentionRules {
  readonly #default: Retention;
  #databases = new Map<string, Retention>();
  #tables = new Map<number, Retention>();
  #longest = new Map<string, Retention>();
  #nowMs = Number.NEGATIVE_INFINITY;

  /** @param defaultMs of databases that have none of their own; 0 for ever */
  constructor(defaultMs: number) {
    this.#default = defaultMs === 0 ? null : defaultMs;
  }

  get default(): Retention {
    return this.#default;
  }

  /** Reads what is set; again whenever another store may have set some. */
  async load(database: Database): Promise<void> {
    const databases = new Map<string, Retention>();
    const tables = new Map<number, Retention>();
    const rows = await database`
      SELECT d.name, r.measurement_id, r.keep_ms
      FROM overseer.retention r JOIN overseer.databases d ON d.id = r.database_id`;
    for (const { name, measurement_id: tableId, keep_ms: keepMs } of rows) {
      const keep = asRetention(keepMs);
      if (tableId === null) databases.set(name, keep);
      else tables.set(tableId, keep);
    }
    const longest = new Map(databases);
    for (const { name, measurement_id: tableId, keep_ms: keepMs } of rows) {
      if (tableId === null) continue;
      const before = longest.get(name);
      longest.set(name, longer(before === undefined ? this.#default : before, asRetention(keepMs)));
    }
    this.#databases = databases;
    this.#tables = tables;
    this.#longest = longest;
    this.#nowMs = await readRetentionNowMs(database);
  }

  /** What ingress is told. */
  get longest(): Retentions {
    return { fallback: this.#default, databases: this.#longest };
  }

  /** Seconds since 1970; points before are not kept. */
  keptFromS(table: Pick<Table, 'id' | 'database'>): number {
    const keepMs = this.of(table);
    return keepMs === null ? Number.NEGATIVE_INFINITY : Math.floor((this.#nowMs - keepMs) / 1000);
  }

  /** Milliseconds, or null for ever. */
  of({ id, database }: Pick<Table, 'id' | 'database'>): Retention {
    const own = this.#tables.get(id);
    if (own !== undefined) return own;
    const shared = this.#databases.get(database);
    return shared === undefined ? this.#default : shared;
  }
}

const asRetention = (keepMs: bigint | null): Retention => (keepMs === null ? null : Number(keepMs));

const longer = (a: Retention, b: Retention): Retention =>
  a === null || b === null ? null : Math.max(a, b);

/** What was given up of a measurement. */
export interface Expired {
  readonly db: string;
  readonly measurement: string;
  /** Points before are gone. */
  readonly beforeS: number;
  readonly partitions: number;
}

/** A partition that ended later is not given up for want of room. */
const GIVEN_UP_AGE_MIN_S = 3600;

/** Marks the one partition that ended first, to be removed. */
export async function markOldest(database: Database): Promise<Expired[]> {
  const nowS = Math.floor((await readRetentionNowMs(database)) / 1000);
  const rows = await database`
    WITH marked AS (
      UPDATE overseer.partitions SET removing = true WHERE name = (
        SELECT name FROM overseer.partitions
        WHERE NOT removing AND to_s <= ${nowS - GIVEN_UP_AGE_MIN_S} ORDER BY to_s LIMIT 1
      ) RETURNING measurement_id, to_s
    )
    ${describeMarked(database)}`;
  return rows.map(expired);
}

/** Marks every partition that ended before what is kept, to be removed. */
export async function markExpired(database: Database, fallback: Retention): Promise<Expired[]> {
  const nowMs = await readRetentionNowMs(database);
  const rows = await database`
    WITH marked AS (
      UPDATE overseer.partitions p SET removing = true
      FROM overseer.measurements m
      LEFT JOIN overseer.retention own ON own.measurement_id = m.id
      LEFT JOIN overseer.retention shared
        ON shared.database_id = m.database_id AND shared.measurement_id IS NULL
      WHERE m.id = p.measurement_id AND NOT p.removing
        AND p.to_s * 1000 <= ${nowMs}::float8 - CASE
          WHEN own.database_id IS NOT NULL THEN own.keep_ms
          WHEN shared.database_id IS NOT NULL THEN shared.keep_ms
          ELSE ${fallback}::float8 END
      RETURNING p.measurement_id, p.to_s
    )
    ${describeMarked(database)}`;
  return rows.map(expired);
}

const describeMarked = (database: Database) => database`
  SELECT d.name AS db, m.name AS measurement, max(x.to_s)::float8 AS before_s, count(*)::int AS partitions
  FROM marked x JOIN overseer.measurements m ON m.id = x.measurement_id
  JOIN overseer.databases d ON d.id = m.database_id GROUP BY 1, 2`;

const expired = (row: Row): Expired => ({
  db: row.db,
  measurement: row.measurement,
  beforeS: row.before_s,
  partitions: row.partitions,
});
