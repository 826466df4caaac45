import { type Counter, DEAD_KINDS, type DeadKind, type Gauge, type Meter } from '@overseer/shared';

/** What is told of blocks that can't be stored. */
export class DeadLetterMetrics {
  readonly #blocks: Counter<'kind'>;
  readonly #full: Gauge<'partition'>;
  readonly #replayed: Counter;

  constructor(meter: Meter) {
    this.#blocks = meter.counterOf(
      'dead_blocks_total',
      'Blocks put into the dead letters, by kind',
      'kind',
      DEAD_KINDS,
    );
    this.#full = meter.gauge(
      'dead_letters_full',
      '1 for each partition that waits for room in the dead letters',
      ['partition'],
    );
    this.#replayed = meter.counter('dead_replayed_total', 'Dead letters that were replayed');
  }

  buried(kind: DeadKind): void {
    this.#blocks.inc({ kind });
  }

  /** A partition waits for room. */
  full(partition: number): void {
    this.#full.set({ partition: String(partition) }, 1);
  }

  /** It waits no more. */
  closed(partition: number): void {
    this.#full.remove({ partition: String(partition) });
  }

  replayed(): void {
    this.#replayed.inc();
  }
}

/** What is told of blocks that wait for a change of their table. */
export class ParkingMetrics {
  readonly #parked: Counter;
  readonly #unparked: Counter;
  readonly #bytes: Gauge<'partition'>;

  constructor(meter: Meter) {
    this.#parked = meter.counter(
      'parked_blocks_total',
      'Blocks parked because somebody reads a table that must get a column',
    );
    this.#unparked = meter.counter('unparked_blocks_total', 'Parked blocks that were stored');
    this.#bytes = meter.gauge(
      'parked_bytes',
      'Bytes of the blocks of a partition that are parked',
      ['partition'],
    );
  }

  committed(parked: number, unparked: number): void {
    this.#parked.inc(parked);
    this.#unparked.inc(unparked);
  }

  /** So much is parked in a partition. */
  show(partition: number, bytes: number): void {
    this.#bytes.set({ partition: String(partition) }, bytes);
  }

  /** The partition is another store's, or nobody's. */
  closed(partition: number): void {
    this.#bytes.remove({ partition: String(partition) });
  }
}
