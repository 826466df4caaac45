import type { Bucket, Bus, Logger } from '@overseer/shared';
import { findBehind } from '../behind.ts';
import { isPassing } from '../outages.ts';
import { arrayLiteral, type Database } from '../postgres.ts';
import { removeTables } from './remove-tables.ts';
import { sweepSeries } from './sweep-series.ts';
import { tellBucket } from './tell-bucket.ts';

/** How often is looked for what others have left undone. */
const INTERVAL_MS = 60_000;
/** How soon is tried again what somebody's lock, or an outage, held up. */
const RETRY_MS = 2000;
/** For so long an ingress that has not heard of a drop may count on what it knew before. */
const REMEMBERED = '1 hour';
/** Series go in so many transactions, by their ids: none holds many rows for long. */
const SERIES_SLICES = 64;

export interface DropStepsParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly schema: Bucket;
  readonly log: Logger;
  /** Told of an error that waiting does not mend. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * What follows the moment of a drop: ingress is told, tables go, and in the end the record of it. Any store does what is left to do,
 * whoever began; what was done twice does no harm.
 */
export class DropSteps {
  readonly #parts: DropStepsParts;
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<boolean> | undefined;

  constructor(parts: DropStepsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  /**
   * Removes what is to be removed, as far as nobody reads it.
   * @param signal ends it early
   * @returns whether all of it is gone
   */
  async removeTables(signal?: AbortSignal): Promise<boolean> {
    const { database, log } = this.#parts;
    const signals = signal ? [signal, this.#stop.signal] : [this.#stop.signal];
    return removeTables(database, log, AbortSignal.any(signals));
  }

  /** There is something to do. */
  hurry(): void {
    this.#schedule(0);
  }

  #schedule(waitMs: number): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#round(), waitMs);
  }

  async #round(): Promise<void> {
    if (this.#running) {
      await this.#running.catch(() => undefined);
      this.#schedule(RETRY_MS);
      return;
    }
    this.#running = this.#run();
    try {
      const isDone = await this.#running;
      this.#schedule(isDone ? INTERVAL_MS : RETRY_MS);
    } catch (error) {
      if (!isPassing(error)) {
        this.#parts.onFatal(error);
        return;
      }
      this.#parts.log.warn({ err: error }, 'what follows a drop waits; trying again');
      this.#schedule(RETRY_MS);
    } finally {
      this.#running = undefined;
    }
  }

  /** @returns whether nothing is left to do for now */
  async #run(): Promise<boolean> {
    const { database } = this.#parts;
    const { signal } = this.#stop;
    const unsettled = await database`
      SELECT id FROM overseer.dropped WHERE settled_upto IS NULL AND series_of IS NULL ORDER BY id`;
    for (const { id } of unsettled) {
      if (!signal.aborted) await tellBucket(this.#parts, id);
    }
    await sweepSeries(database, signal);
    const isRemoved = await this.removeTables();
    await this.#forget();
    return isRemoved;
  }

  /** Takes what is long past off the record, the oldest first. */
  async #forget(): Promise<void> {
    const { database } = this.#parts;
    const rows = await database`
      SELECT d.id, d.stream, d.upto,
        d.dropped_at < now() - ${REMEMBERED}::interval AND d.settled_upto IS NOT NULL
          AND d.schema_name IS NULL AND NOT EXISTS (
            SELECT FROM overseer.dropped_tables t WHERE t.dropped_id = d.id AND NOT t.removed
          ) AS is_past
      FROM overseer.dropped d ORDER BY d.id`;
    for (const { id, stream, upto, is_past: isPast } of rows) {
      if (this.#stop.signal.aborted || !isPast) return;
      if (!(await this.#isBehindAll(stream, Number(upto)))) return;
      await this.#forgetSeries(id);
      await database.begin(async (transaction) => {
        await transaction`DELETE FROM overseer.dropped WHERE id = ${id}`;
        await transaction`UPDATE overseer.catalogue_version SET drops_forgotten = ${id}`;
      });
    }
  }

  /** Whether nobody will read a message from before the drop any more. */
  async #isBehindAll(stream: string, upto: number): Promise<boolean> {
    const { bus, database } = this.#parts;
    const rows = await database`
      SELECT partition, seq FROM overseer.progress WHERE stream = ${stream} AND seq < ${upto}`;
    const positions = rows.map(({ partition, seq }) => ({ partition, sequence: Number(seq) }));
    return (await findBehind(bus, positions, upto)) === undefined;
  }

  /** Series of the tables that went with it, and those that its blocks announced in vain. */
  async #forgetSeries(id: bigint): Promise<void> {
    const { database } = this.#parts;
    const [row] = await database`
      SELECT coalesce(json_agg(t.measurement_id), '[]') AS table_ids FROM overseer.dropped d
      LEFT JOIN overseer.dropped_tables t ON t.dropped_id = d.id
      WHERE d.id = ${id} AND d.series_of IS NULL`;
    const tables = (row?.table_ids ?? []).filter((tableId: number | null) => tableId !== null);
    if (tables.length === 0) return;
    const width = 2n ** 64n / BigInt(SERIES_SLICES);
    for (let slice = 0n; slice < SERIES_SLICES; slice++) {
      if (this.#stop.signal.aborted) return;
      const first = slice * width - 2n ** 63n;
      await database`
        DELETE FROM overseer.series
        WHERE id BETWEEN ${first} AND ${first + width - 1n}
          AND measurement_id = ANY(${arrayLiteral([...tables, -id])}::text::int[])`;
    }
  }
}
