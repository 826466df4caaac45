import type { Meter } from '@overseer/shared';
import type { Leases } from '../leases.ts';

/** What is asked of the owner of a partition whenever the metrics are read. */
export interface OwnerLevels {
  /** Messages between the reader and the writer, and their bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly series: number;
  readonly seriesMax: number;
  readonly seriesBytes: number;
  /** All memory of its encoder, the series included. */
  readonly encoderBytes: number;
}

/** Tells of each partition that is owned. */
export function observeOwners(
  meter: Meter,
  owners: () => Iterable<readonly [partition: number, OwnerLevels]>,
): void {
  const gauge = (name: string, help: string, value: (levels: OwnerLevels) => number) =>
    meter.observedGauges(name, help, 'partition', () =>
      Array.from(owners(), ([partition, levels]) => [String(partition), value(levels)]),
    );
  gauge(
    'queued_batches',
    'Batches of a partition that were read and wait to be stored',
    ({ queuedMessages }) => queuedMessages,
  );
  gauge('queued_bytes', 'Bytes of overseer_store_queued_batches', (levels) => levels.queuedBytes);
  gauge('series', 'Series of a partition in the index of its owner', ({ series }) => series);
  gauge('series_max', 'Limit of overseer_store_series', ({ seriesMax }) => seriesMax);
  gauge('series_bytes', 'Bytes of overseer_store_series', ({ seriesBytes }) => seriesBytes);
  gauge(
    'encoder_bytes',
    'Memory of the encoder of a partition, its series included',
    ({ encoderBytes }) => encoderBytes,
  );
}

/** Tells which partitions this store has, and how they changed hands. */
export function observeLeases(meter: Meter, leases: Leases, partitions: number): void {
  meter.gauge('partitions', 'Partitions of the stream').set(partitions);
  meter.observedGauge(
    'partitions_held',
    'Partitions of the stream that this store owns',
    () => leases.held,
  );
  meter.observedGauges(
    'lease_epoch',
    'Epoch of the lease of a partition that this store has; each claim raises it',
    'partition',
    () => Array.from(leases.epochs, ([partition, epoch]) => [String(partition), Number(epoch)]),
  );
  const counter = (name: string, help: string, value: () => number) =>
    meter.observedCounter(`leases_${name}_total`, help, value);
  counter('claimed', 'Partitions that this store claimed', () => leases.counts.claimed);
  counter(
    'taken_over',
    'Partitions that this store claimed because another one no longer renewed its lease',
    () => leases.counts.takenOver,
  );
  counter(
    'given_up',
    'Partitions that this store gave up for another one',
    () => leases.counts.givenUp,
  );
  counter(
    'lost',
    'Partitions that this store lost: to another one, or because PostgreSQL was away',
    () => leases.counts.lost,
  );
}
