import {
  BATCH_VERSION_MIN,
  type Bucket,
  type Bus,
  BusSetupError,
  CONTROL_BUCKET,
  DASHBOARDS_BUCKET,
  DEAD_STREAM,
  DEAD_SUBJECTS,
  FORMAT_METADATA,
  PARTITIONS_MAX,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  SCHEMA_BUCKET,
  STORED_STREAM,
  type StreamState,
} from '@overseer/shared';

const MEBIBYTE = 2 ** 20;
const STORED_BYTES_MAX = 64 * MEBIBYTE;
const STORED_AGE_MAX_MS = 10 * 60_000;
const SCHEMA_BUCKET_BYTES_MAX = 256 * MEBIBYTE;
const CONTROL_BUCKET_BYTES_MAX = 16 * MEBIBYTE;
/** Some hundred dashboards with all of their history. */
const DASHBOARDS_BUCKET_BYTES_MAX = 256 * MEBIBYTE;
/** The most that JetStream keeps of a key. */
const DASHBOARD_REVISIONS_MAX = 64;

export interface StreamSettings {
  readonly partitions: number;
  readonly replicas: number;
  readonly pointsBytesMax: number;
  readonly deadBytesMax: number;
}

export interface Streams {
  readonly points: StreamState;
  readonly partitions: number;
  readonly schema: Bucket;
  readonly control: Bucket;
}

/** Makes the streams and buckets that are missing and brings limits in line. @throws BusSetupError */
export async function ensureStreams(bus: Bus, settings: StreamSettings): Promise<Streams> {
  const { replicas } = settings;
  const points = await bus.ensureStream({
    name: POINTS_STREAM,
    subjects: ['points.*'],
    storage: 'file',
    discard: 'new',
    bytesMax: settings.pointsBytesMax,
    replicas,
    metadata: {
      [PARTITIONS_METADATA]: String(settings.partitions),
      // Raised when every store reads more (batch-format.ts).
      [FORMAT_METADATA]: String(BATCH_VERSION_MIN),
    },
  });
  await bus.ensureStream({
    name: STORED_STREAM,
    subjects: ['stored.*'],
    storage: 'memory',
    discard: 'old',
    bytesMax: STORED_BYTES_MAX,
    ageMaxMs: STORED_AGE_MAX_MS,
    replicas,
  });
  await bus.ensureStream({
    name: DEAD_STREAM,
    subjects: [DEAD_SUBJECTS],
    storage: 'file',
    discard: 'new',
    bytesMax: settings.deadBytesMax,
    replicas,
  });
  // Nothing here reads it; but who makes it must know the number of replicas.
  await bus.bucket(DASHBOARDS_BUCKET, {
    replicas,
    bytesMax: DASHBOARDS_BUCKET_BYTES_MAX,
    history: DASHBOARD_REVISIONS_MAX,
  });
  return {
    points,
    partitions: partitionsOf(points),
    schema: await bus.bucket(SCHEMA_BUCKET, { replicas, bytesMax: SCHEMA_BUCKET_BYTES_MAX }),
    control: await bus.bucket(CONTROL_BUCKET, { replicas, bytesMax: CONTROL_BUCKET_BYTES_MAX }),
  };
}

/** Number of partitions that the stream was made with. @throws BusSetupError when something else made the stream */
function partitionsOf(points: StreamState): number {
  const partitions = Number(points.metadata[PARTITIONS_METADATA]);
  if (!isPartitionCount(partitions)) {
    throw new BusSetupError(
      `the stream ${POINTS_STREAM} exists but was not made by Overseer (no ${PARTITIONS_METADATA} in its metadata): ` +
        'delete it, or use a NATS account of its own',
    );
  }
  return partitions;
}

export function isPartitionCount(partitions: number): boolean {
  return partitions >= 1 && partitions <= PARTITIONS_MAX && Number.isInteger(Math.log2(partitions));
}
