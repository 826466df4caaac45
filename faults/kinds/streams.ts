import { waitUntil } from '@overseer/local/testing';
import { CONTROL_BUCKET, POINTS_STREAM, SCHEMA_BUCKET, STORED_STREAM } from '@overseer/shared';
import type { Cluster } from '../cluster/cluster.ts';
import { waitUntilConsumed } from '../consumption.ts';
import type { Fault } from '../fault.ts';
import type { Load } from '../load.ts';

/** Streams of these names hold the buckets. */
const BUCKET_STREAMS = { schema: `KV_${SCHEMA_BUCKET}`, control: `KV_${CONTROL_BUCKET}` } as const;
const PARTITION_COUNTS = [1, 2, 4] as const;
const UNSTORED_MS_SPAN = 1500;
const MADE_AGAIN_DEADLINE_MS = 20_000;

/** Deletes a stream that carries nothing that was acknowledged, and waits until a store has made it again. */
function deleteStream(name: string, stream: string): Fault {
  return {
    name,
    strike: (cluster) => deleteAndWait(cluster, stream),
  };
}

async function deleteAndWait(cluster: Cluster, stream: string): Promise<void> {
  await cluster.withBus(async (bus) => {
    await bus.deleteStream(stream);
    await waitUntil(() => bus.stream(stream), {
      what: `a store to make the stream ${stream} again`,
      deadlineMs: MADE_AGAIN_DEADLINE_MS,
    });
  });
}

/** Stored events: who reads them finds a gap. */
export const deleteStored = deleteStream('delete-stored-events', STORED_STREAM);

/** Types and databases: PostgreSQL is the record. */
export const deleteSchema = deleteStream('delete-schema-bucket', BUCKET_STREAMS.schema);

/** Installation, watermarks, collisions. */
export const deleteControl = deleteStream('delete-control-bucket', BUCKET_STREAMS.control);

/** Deletes POINTS when everything in it is stored, under stores and ingress that use it. */
export const deletePoints: Fault = {
  name: 'delete-points',
  strike: (cluster, _, load) =>
    load.quiet(async () => {
      await consumed(cluster);
      await deleteAndWait(cluster, POINTS_STREAM);
    }),
};

/**
 * Deletes POINTS when some of it is not stored. That is lost, and nothing else: all that was stored before,
 * and all that is acknowledged afterwards, of the same series too.
 */
export const loseUnstored: Fault = {
  name: 'lose-unstored-points',
  strike: (cluster, random, load) => loseStream(cluster, load, random.below(UNSTORED_MS_SPAN), {}),
};

/** The same, and the stores make the stream again with another number of partitions. */
export const repartition: Fault = {
  name: 'repartition',
  strike: (cluster, random, load) =>
    loseStream(cluster, load, random.below(UNSTORED_MS_SPAN), {
      PARTITIONS: String(random.choice(PARTITION_COUNTS)),
    }),
};

async function loseStream(
  cluster: Cluster,
  load: Load,
  unstoredMs: number,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await cluster.hold(cluster.stores, async () => {
    const storedUntil = await load.quiet(async () => {
      await consumed(cluster);
      for (const store of cluster.stores) await cluster.member(store).running.kill('SIGKILL');
      return load.mark;
    });
    await load.waitUntilAllSend();
    await Bun.sleep(unstoredMs);
    await load.quiet(async () => {
      await cluster.withBus((bus) => bus.deleteStream(POINTS_STREAM));
      load.take(storedUntil);
    });
    for (const store of cluster.stores) await cluster.reconfigure(store, settings);
  });
}

async function consumed(cluster: Cluster): Promise<void> {
  await cluster.withBus((bus) => cluster.withSql((sql) => waitUntilConsumed(bus, sql)));
}
