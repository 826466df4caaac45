import { expect, test } from 'bun:test';
import { startService, waitUntil } from '@overseer/local/testing';
import { POINTS_STREAM, partitionOfSeries } from '@overseer/shared';
import type { Database } from './postgres.ts';
import { startPipeline } from './testing/pipeline.ts';
import { float, type Point, TestIngress } from './testing/test-ingress.ts';

const DEADLINE_MS = 60_000;

/** Whether so many partitions have an owner that reads the newest stream. */
async function isOwned(database: Database, partitions: number): Promise<boolean> {
  const [row] = await database`
    SELECT count(*)::int AS count FROM overseer.progress
    WHERE stream = (SELECT max(stream) FROM overseer.progress)`;
  return row?.count === partitions;
}

test('series load - a point that comes again after the number of partitions changed stays one row', async () => {
  const pipeline = await startPipeline({ PARTITIONS: '1' });
  try {
    const { ingress, store, nats, database, environment } = pipeline;
    const point = (host: string): Point => ({
      database: 'db',
      measurement: 'm',
      tags: { host },
      fields: { f: float(1) },
      timeNs: 1_767_225_600_000_000_000n,
    });
    // Series are numbered by a key of the pipeline's own: of a few, all may be of one partition.
    const points = Array.from({ length: 64 }, (_, i) => point(`host${i}`));
    const partitions = points.map((each) => partitionOfSeries(ingress.seriesId(each), 2));
    expect(new Set(partitions)).toEqual(new Set([0, 1]));
    await ingress.write(...points);
    await pipeline.settled();
    await store.stop();
    await ingress.bus.deleteStream(POINTS_STREAM);
    const successor = await startService('store', { ...environment, PARTITIONS: '2' });
    const again = await TestIngress.connect(nats.url);
    try {
      expect(again.partitions).toBe(2);
      await again.write(...points);
      await waitUntil(() => isOwned(database, 2), { what: 'owners', deadlineMs: DEADLINE_MS });
      await pipeline.settled();
      const [row] = await database`SELECT count(*)::int AS count FROM db.m`;
      expect(row?.count).toBe(points.length);
    } finally {
      await again.close();
      await successor.stop();
    }
  } finally {
    await pipeline.stop();
  }
});
