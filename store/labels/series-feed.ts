import type { Logger } from '@overseer/shared';
import { inStatement } from '@overseer/shared/tracing';
import { readTables } from '../catalogue.ts';
import { streamCopy } from '../copy-out.ts';
import { CopyTuples } from '../copy-tuples.ts';
import { type Database, literal } from '../postgres.ts';
import { LabelIndex } from './label-index.ts';

/** What a reader knew: PostgreSQL's snapshot as text (`xmin:xmax:…`), the version of the catalogue, and the newest drop. */
interface Seen {
  readonly snapshot: string;
  readonly catalogueVersion: bigint;
  readonly newestDrop: bigint;
  /** PostgreSQL's clock: milliseconds since 1970. */
  readonly atMs: number;
}

const SERIES = 'overseer.series';
/** Columns of a series as they are copied. */
const SERIES_COLUMNS = 'id, measurement_id, created_at, tags::text';
const SERIES_COLUMN_COUNT = 4;
/** Where the values are, from the length of the first: int8, int4, timestamptz, text; each behind its length. */
const ID_AT = 4;
const TABLE_AT = ID_AT + 8 + 4;
const CREATED_AT = TABLE_AT + 4 + 4;
const TAGS_LENGTH_AT = CREATED_AT + 8;
/** PostgreSQL counts from 2000, in microseconds. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Keeps a label index at what PostgreSQL has, whoever registers series. */
export class SeriesFeed {
  #index = new LabelIndex();
  #seen: Seen | undefined;
  /** The last reading; whoever asks waits for the one after it. */
  #running: Promise<void> = Promise.resolve();
  /** That one, as long as it has not begun. */
  #next: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Another one only after PostgreSQL went back in time. */
  get index(): LabelIndex {
    return this.#index;
  }

  /** When it was brought up to date last, by PostgreSQL's clock: milliseconds since 1970. */
  get refreshedAtMs(): number {
    return this.#seen?.atMs ?? 0;
  }

  /**
   * Brings in whatever was committed before the call. One statement when nothing is new. Who asks while another is at it waits for the
   * one after it: the one at it may have looked too early.
   */
  refresh(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#read();
        return this.#running;
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const before = this.#seen;
    const look = `
      SELECT pg_current_snapshot()::text AS snapshot, now() AS at,
        (SELECT version FROM overseer.catalogue_version) AS version,
        (SELECT drops_forgotten FROM overseer.catalogue_version) AS drops_forgotten,
        (SELECT coalesce(max(id), 0) FROM overseer.dropped) AS newest_drop,
        EXISTS (SELECT FROM ${SERIES} ${registeredSince(before)}) AS has_new`;
    const [row] = await inStatement({ operation: 'SELECT', table: SERIES }, () =>
      this.database.unsafe(look),
    );
    if (!row) throw new Error('PostgreSQL told nothing of its catalogue');
    const seen: Seen = {
      snapshot: row.snapshot,
      catalogueVersion: row.version,
      newestDrop: row.newest_drop > row.drops_forgotten ? row.newest_drop : row.drops_forgotten,
      atMs: row.at.getTime(),
    };
    const trouble = before && whyVoid(before, seen, row.drops_forgotten);
    if (trouble) {
      this.log.warn(`${trouble}: reading all series again`);
      this.#seen = undefined;
      await this.#read();
      return;
    }
    // One that is made anew takes its place when it is whole: questions go on meanwhile.
    const index = before ? this.#index : new LabelIndex();
    if (row.has_new) {
      await this.#readSeries(
        (tableId, low, high, tags, createdMs) => index.addText(tableId, low, high, tags, createdMs),
        registeredSince(before),
      );
    }
    if (before && seen.newestDrop > before.newestDrop) await this.#forgetDeleted(index, before);
    // After the series: what they belong to is there by now.
    if (seen.catalogueVersion !== before?.catalogueVersion) await this.#readTables(index);
    this.#index = index;
    this.#seen = seen;
  }

  /** @param condition which series, as SQL */
  async #readSeries(add: AddSeries, condition: string): Promise<void> {
    const tuples = new CopyTuples(SERIES_COLUMN_COUNT, (view, at) => {
      const tags = new Uint8Array(
        view.buffer,
        at + TAGS_LENGTH_AT + 4,
        view.getInt32(at + TAGS_LENGTH_AT),
      );
      const tableId = view.getInt32(at + TABLE_AT);
      // Deleted ones belong to nobody.
      if (tableId < 0) return;
      const low = view.getUint32(at + ID_AT + 4);
      const high = view.getUint32(at + ID_AT);
      const createdUs =
        view.getInt32(at + CREATED_AT) * 2 ** 32 + view.getUint32(at + CREATED_AT + 4);
      add(tableId, low, high, tags, POSTGRES_EPOCH_MS + createdUs / 1000);
    });
    const query = `SELECT ${SERIES_COLUMNS} FROM ${SERIES} ${condition}`;
    await inStatement({ operation: 'COPY', table: SERIES }, async (span) => {
      await this.database.begin('read only', (transaction) =>
        streamCopy(transaction, query, (chunk) => tuples.push(chunk)),
      );
      span?.setAttribute('db.response.returned_rows', tuples.count);
    });
  }

  /** Measurements of which series were deleted are read anew: series are numbered for good, and only ever added. */
  async #forgetDeleted(index: LabelIndex, { newestDrop }: Seen): Promise<void> {
    const rows = await this.database`
      SELECT DISTINCT series_of FROM overseer.dropped
      WHERE id > ${newestDrop} AND series_of IS NOT NULL`;
    for (const { series_of: tableId } of rows) {
      const series = index.emptySeries();
      await this.#readSeries(
        (_, low, high, tags, createdMs) => series.addText(low, high, tags, createdMs),
        `WHERE measurement_id = ${tableId}`,
      );
      index.replaceSeries(tableId, series);
    }
  }

  async #readTables(index: LabelIndex): Promise<void> {
    const [databases, tables] = await this.database.begin(
      'isolation level repeatable read read only',
      async (transaction) => [
        await transaction`SELECT name FROM overseer.databases`,
        await readTables(transaction),
      ],
    );
    index.setTables(
      databases.map((row) => row.name),
      tables,
    );
  }
}

type AddSeries = LabelIndex['addText'];

/**
 * Series that a snapshot did not show and a later one does. Transactions commit in another order than they begin, so neither a time nor
 * a highest number would do; from the oldest transaction that was under way then, the snapshot itself tells. Numbers that are yet to
 * come are of rows from another cluster's dump, which the first reading has had.
 */
function registeredSince(seen: Seen | undefined): string {
  if (!seen) return '';
  return `WHERE registered_in >= ${xmin(seen)}
    AND registered_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    AND NOT pg_visible_in_snapshot(registered_in::text::xid8, ${literal(seen.snapshot)}::pg_snapshot)`;
}

/** Why what a reader knew is worth nothing; undefined: it is. */
function whyVoid(before: Seen, now: Seen, dropsForgotten: bigint): string | undefined {
  if (xmax(now) < xmax(before)) {
    return 'PostgreSQL has older transactions than before, as after a restore';
  }
  return dropsForgotten > before.newestDrop ? 'deletions are off the record by now' : undefined;
}

const xmin = ({ snapshot }: Seen) => BigInt(snapshot.split(':')[0] ?? '');
const xmax = ({ snapshot }: Seen) => BigInt(snapshot.split(':')[1] ?? '');
