import type { Sql } from 'postgres';
import { type Counts, FIELDS, type Row, type Series } from './workload.ts';

/** A series and what of it must be stored. */
export interface Expectation {
  series: Series;
  /** Points of it that were acknowledged: numbers 0 to this − 1. */
  count: number;
  /** Of these, the turns that no fault took away; all, if absent. */
  counts?: Counts;
}

/** What a comparison found. */
export interface Comparison {
  /** A description of every series that differs, with some of its rows; none when all is well. */
  differences: string[];
  /** Rows that had to be there. */
  rows: number;
}

/**
 * Rows of one series: how many, and the sum of their digests, which doesn't depend on their order.
 */
interface Total {
  rows: number;
  checksum: bigint;
}

/** What is printed of the rows of a series that differ. */
const DIFFERENCES_SHOWN_MAX = 5;
/** Digits of the MD5 that a row's digest keeps: 60 bits, which PostgreSQL can add as bigint. */
const DIGEST_HEX_DIGITS = 15;

/** A row that must be stored. */
interface ExpectedRow {
  timeNs: bigint;
  row: Row;
}

/**
 * Compares what was acknowledged with what is stored, series by series through the views that users
 * read.
 */
export async function compare(sql: Sql, expectations: Expectation[]): Promise<Comparison> {
  const comparison: Comparison = { differences: [], rows: 0 };
  const { differences } = comparison;
  const byView = Map.groupBy(expectations, ({ series }) => viewName(series));
  for (const ofView of byView.values()) {
    const wanted = ofView.filter(({ count }) => count > 0);
    const { database, measurement } = (ofView[0] as Expectation).series;
    const view = await View.open(sql, database, measurement);
    if (view === undefined) {
      // Of a measurement that was dropped, and not written to since, there is nothing.
      const isWanted = wanted.some((expectation) => totalOf(expectation).rows > 0);
      if (isWanted) differences.push(`${database}.${measurement}: there is no such view`);
      continue;
    }
    const { differences: ofThisView, rows } = await compareView(view, wanted);
    differences.push(...ofThisView);
    comparison.rows += rows;
  }
  return comparison;
}

function* expectedRows({ series, count, counts }: Expectation): Generator<ExpectedRow> {
  const isStored: Counts = (turn) => turn < count && (counts === undefined || counts(turn));
  for (let number = 0; number < count; number++) {
    const row = series.row(number, isStored);
    if (row) yield { timeNs: series.timeNs(number), row };
  }
}

function viewName(series: Series): string {
  return JSON.stringify([series.database, series.measurement]);
}

async function compareView(view: View, expectations: Expectation[]): Promise<Comparison> {
  const comparison: Comparison = { differences: [], rows: 0 };
  const { differences } = comparison;
  const stored = await view.totals();
  for (const expectation of expectations) {
    const { tags } = expectation.series;
    const key = tagsKey(tags);
    const expected = totalOf(expectation);
    comparison.rows += expected.rows;
    const found = stored.get(key) ?? { rows: 0, checksum: 0n };
    stored.delete(key);
    if (found.rows === expected.rows && found.checksum === expected.checksum) continue;
    differences.push(
      `${view.name} ${key}: ${expected.rows} rows were acknowledged, ${found.rows} are stored`,
      ...diffRows(expectation, await view.rows(tags)),
    );
  }
  for (const [key, { rows }] of stored)
    differences.push(`${view.name} ${key}: never sent, but ${rows} rows are stored`);
  return comparison;
}

function totalOf(expectation: Expectation): Total {
  const total = { rows: 0, checksum: 0n };
  for (const { timeNs, row } of expectedRows(expectation)) {
    total.rows++;
    total.checksum += digest(rowText(timeNs, row));
  }
  return total;
}

/** A row as one text: its time in ns and every field, `~` for one that is missing. */
function rowText(timeNs: bigint, row: Row): string {
  return [timeNs, ...FIELDS.map((field) => row.get(field) ?? '~')].join('|');
}

function digest(text: string): bigint {
  return BigInt(
    `0x${new Bun.CryptoHasher('md5').update(text).digest('hex').slice(0, DIGEST_HEX_DIGITS)}`,
  );
}

/** Tags as a text to compare and to show, in one order. */
function tagsKey(tags: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function diffRows(expectation: Expectation, stored: string[]): string[] {
  const expected = new Set(
    Array.from(expectedRows(expectation), ({ timeNs, row }) => rowText(timeNs, row)),
  );
  const unexpected = stored.filter((text) => !expected.delete(text));
  return [
    ...Array.from(expected, (text) => `  missing: ${JSON.stringify(text)}`).slice(
      0,
      DIFFERENCES_SHOWN_MAX,
    ),
    ...unexpected
      .map((text) => `  extra:   ${JSON.stringify(text)}`)
      .slice(0, DIFFERENCES_SHOWN_MAX),
  ];
}

/** One view of a database schema. */
class View {
  readonly name: string;
  readonly #sql: Sql;
  readonly #source: string;
  /** SQL that gives a row as rowText() does. */
  readonly #rowText: string;

  private constructor(sql: Sql, database: string, measurement: string, columns: Set<string>) {
    this.name = `${database}.${measurement}`;
    this.#sql = sql;
    this.#source = `${quote(database)}.${quote(measurement)}`;
    const ns = columns.has('ns') ? 'ns' : '0';
    const texts = FIELDS.map((field) =>
      columns.has(field) ? `coalesce(${quote(field)}::text, '~')` : `'~'`,
    );
    const timeNs = `((extract(epoch from time) * 1000000)::bigint * 1000 + ${ns})`;
    this.#rowText = `concat_ws('|', ${[timeNs, ...texts].join(', ')})`;
  }

  /** Finds a view and its columns; undefined when there is none. */
  static async open(sql: Sql, database: string, measurement: string): Promise<View | undefined> {
    const columns = await sql<{ name: string }[]>`
      select column_name as name from information_schema.columns
      where table_schema = ${database} and table_name = ${measurement}`;
    if (columns.length === 0) return undefined;
    return new View(sql, database, measurement, new Set(columns.map(({ name }) => name)));
  }

  /** Totals of every series by its tags. */
  async totals(): Promise<Map<string, Total>> {
    const rows = await this.#sql.unsafe<
      { tags: Record<string, string>; rows: number; checksum: string }[]
    >(`
      select tags, count(*)::int as rows,
        sum(('x' || substr(md5(${this.#rowText}), 1, ${DIGEST_HEX_DIGITS}))::bit(60)::bigint)::text as checksum
      from ${this.#source} group by tags`);
    return new Map(
      rows.map(({ tags, rows, checksum }) => [tagsKey(tags), { rows, checksum: BigInt(checksum) }]),
    );
  }

  /** Every row of one series as a text. */
  async rows(tags: Readonly<Record<string, string>>): Promise<string[]> {
    const rows = await this.#sql.unsafe<{ text: string }[]>(
      `select ${this.#rowText} as text from ${this.#source} where tags = $1::text::jsonb order by time`,
      [JSON.stringify(tags)],
    );
    return rows.map(({ text }) => text);
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
