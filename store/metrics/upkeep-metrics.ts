import type { Meter } from '@overseer/shared';
import type { PartitionExpiry } from '../partitions/expiry.ts';
import type { PartitionSealing } from '../partitions/sealing.ts';
import type { RoomState, StorageRoom } from '../partitions/storage-room.ts';
import type { TimePartitions } from '../partitions/time-partitions.ts';

const ROOM: Readonly<Record<RoomState, number>> = { ample: 2, narrow: 1, full: 0 };

/** What keeps time partitions in order. */
export interface ObservedUpkeep {
  readonly partitions: TimePartitions;
  readonly room: StorageRoom;
  readonly sealing: PartitionSealing;
  readonly expiry: PartitionExpiry;
}

/** Tells of the work on time partitions, and of the room that they take. */
export function observeUpkeep(
  meter: Meter,
  settings: { readonly databaseBytesMax: number; readonly databaseFreeBytesMin: number },
  { partitions, room, sealing, expiry }: ObservedUpkeep,
): void {
  const counter = (name: string, help: string, value: () => number) =>
    meter.observedCounter(name, help, value);
  counter(
    'time_partitions_made_total',
    'Time partitions that this store made',
    () => partitions.made,
  );
  counter(
    'time_partitions_sealed_total',
    'Time partitions that this store gave their index',
    () => sealing.work.partitions,
  );
  counter(
    'sealed_bytes_total',
    'Bytes of the time partitions that this store sealed, without their index',
    () => sealing.work.bytes,
  );
  counter('sealing_seconds_total', 'Time that sealing took', () => sealing.work.seconds);
  counter(
    'time_partitions_removed_total',
    'Time partitions that this store removed, too old or for want of room',
    () => expiry.counts.removed,
  );
  counter(
    'time_partitions_given_up_total',
    'Time partitions that this store chose to remove for want of room',
    () => expiry.counts.givenUp,
  );
  counter(
    'time_partitions_busy_total',
    'Times that a time partition was not removed because a long transaction uses its table',
    () => expiry.counts.busy,
  );
  counter(
    'time_partitions_not_removed_total',
    'Times that a time partition could not be removed for another reason, which the log has',
    () => expiry.counts.failed,
  );
  meter.observedGauge(
    'room',
    'Room for points in PostgreSQL: 2 ample, 1 little, 0 none',
    () => ROOM[room.state],
  );
  const { databaseBytesMax, databaseFreeBytesMin } = settings;
  const isLimited = databaseBytesMax > 0;
  meter.observedGauge(
    'database_bytes',
    'Size of the database, where DATABASE_BYTES_MAX is set',
    () => (isLimited ? room.bytes : undefined),
  );
  if (isLimited) meter.limit('database_bytes', databaseBytesMax);
  meter.observedGauge(
    'database_free_bytes',
    'Free on the disk of DATABASE_FOLDER, where that is set',
    () => (Number.isFinite(room.freeBytes) ? room.freeBytes : undefined),
  );
  meter
    .gauge('database_free_bytes_min', 'What must be free on the disk of PostgreSQL for storing')
    .set(databaseFreeBytesMin);
}
