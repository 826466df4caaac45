import type { Meter } from '@overseer/shared';
import type { NatsLevels, PartitionLag, StreamLevel } from './nats-levels.ts';

/** Tells how full the streams are, and how far behind the storing is. */
export function observeNats(meter: Meter, levels: NatsLevels): void {
  const streams = (name: string, help: string, value: (level: StreamLevel) => number) =>
    meter.observedGauges(name, help, 'stream', async () =>
      Array.from(await levels.streams(), ([stream, level]) => [stream, value(level)]),
    );
  const lags = (name: string, help: string, value: (lag: PartitionLag) => number) =>
    meter.observedGauges(name, help, 'partition', async () =>
      Array.from(await levels.lags(), ([partition, lag]) => [String(partition), value(lag)]),
    );
  streams('stream_messages', 'Messages in a stream or bucket', ({ messages }) => messages);
  streams('stream_bytes', 'Bytes of a stream or bucket', ({ bytes }) => bytes);
  streams('stream_bytes_max', 'Limit of overseer_store_stream_bytes', ({ bytesMax }) => bytesMax);
  lags(
    'lag_batches',
    'Batches of a partition that are acknowledged and not stored, whichever store has it',
    ({ messages }) => messages,
  );
  lags(
    'lag_seconds',
    'Age of the oldest batch of a partition that is not stored; 0 when all are',
    ({ oldestAtMs }) =>
      // The clock is that of NATS.
      oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs) / 1000,
  );
}
