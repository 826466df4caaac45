import type { Logger } from '@overseer/shared';
import type { Place } from '../deletion/drop-list.ts';
import { keyOf } from '../draft.ts';
import type { StoreMetrics } from '../metrics.ts';
import type { Plan } from '../plan.ts';
import type { Database } from '../postgres.ts';
import { type BlockAlone, type ParkedAmount, readParkedAmounts } from './parked-rows.ts';

const ROOM_LOOK_MS = 100;
const NOTHING: ParkedAmount = { blocks: 0, bytes: 0 };

export interface ParkingParts {
  /** The owner's. */
  readonly database: Database;
  readonly partition: number;
  /** From so much on, nothing more is taken from the stream. */
  readonly bytesMax: number;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
}

/**
 * Which measurements of a partition wait for a change of their table: their blocks are parked in PostgreSQL instead of being stored, all of
 * them until none is left, so that they are stored in order.
 */
export class Parking {
  readonly #parts: ParkingParts;
  readonly #amounts = new Map<string, Place & ParkedAmount>();
  #bytes = 0;

  constructor(parts: ParkingParts) {
    this.#parts = parts;
  }

  /** As PostgreSQL has it: at the start, and when something was dropped. */
  async load(): Promise<void> {
    const { database, partition } = this.#parts;
    const parked = await readParkedAmounts(database, partition);
    this.#amounts.clear();
    this.#bytes = 0;
    for (const { blocks, bytes, ...place } of parked) this.#add(place, { blocks, bytes });
    this.#show();
  }

  has(place: Place): boolean {
    return this.#amounts.has(keyOf(place));
  }

  places(): readonly Place[] {
    return [...this.#amounts.values()];
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From now on the measurement's blocks are parked. */
  hold(place: Place): void {
    if (this.has(place)) return;
    this.#add(place, NOTHING);
    this.#parts.log.warn(
      { database: place.database, measurement: place.measurement },
      'a table change waits for a long transaction that reads the table: points of this measurement are parked until it is over',
    );
  }

  /** What the plan parks is parked, and what it has unparked is stored. */
  committed({ parked, unparked }: Plan): void {
    if (parked.length + unparked.length === 0) return;
    this.#parts.metrics.parking.committed(parked.length, unparked.length);
    for (const block of parked) this.#add(block, amountOf(block, 1));
    for (const block of unparked) this.#add(block, amountOf(block, -1));
    const [first] = unparked;
    if (first && this.#amounts.get(keyOf(first))?.blocks === 0) this.free(first);
    this.#show();
  }

  /** Nothing of the measurement is parked any more: what comes is stored again. To be called when no plan is under way. */
  free({ database, measurement }: Place): void {
    const key = keyOf({ database, measurement });
    this.#bytes -= this.#amounts.get(key)?.bytes ?? 0;
    this.#amounts.delete(key);
    this.#parts.log.info(
      { database, measurement },
      'what was parked of this measurement is stored',
    );
  }

  /** Waits until there is room for more. */
  async waitForRoom(signal: AbortSignal): Promise<void> {
    if (this.#bytes < this.#parts.bytesMax) return;
    this.#parts.log.error(
      { bytes: this.#bytes },
      'too much is parked: the partition waits until a long transaction is over that reads a table (PARKED_BYTES_MAX)',
    );
    while (this.#bytes >= this.#parts.bytesMax && !signal.aborted) await Bun.sleep(ROOM_LOOK_MS);
  }

  /** The partition is another store's, or nobody's. */
  close(): void {
    const { metrics, partition } = this.#parts;
    metrics.parking.closed(partition);
  }

  #add({ database, measurement }: Place, { blocks, bytes }: ParkedAmount): void {
    const key = keyOf({ database, measurement });
    const known = this.#amounts.get(key) ?? NOTHING;
    this.#bytes += bytes;
    this.#amounts.set(key, {
      database,
      measurement,
      blocks: known.blocks + blocks,
      bytes: known.bytes + bytes,
    });
  }

  #show(): void {
    const { metrics, partition } = this.#parts;
    metrics.parking.show(partition, this.#bytes);
  }
}

const amountOf = ({ payload }: BlockAlone, sign: 1 | -1): ParkedAmount => ({
  blocks: sign,
  bytes: sign * payload.length,
});
