import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { createLogger, FORMAT_METADATA, POINTS_STREAM } from '@overseer/shared';
import { BatchFormat } from './batch-format.ts';
import { type Pipeline, startPipeline } from './testing/pipeline.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const NEWEST = '2';
const OLDEST = '1';

async function formatOf({ ingress }: Pipeline): Promise<string | undefined> {
  return (await ingress.bus.stream(POINTS_STREAM))?.metadata[FORMAT_METADATA];
}

test('batch format - is raised once every store reads it, and not before', async () => {
  const pipeline = await startPipeline();
  try {
    const { database, ingress } = pipeline;
    const isRaised = () =>
      waitUntil(async () => (await formatOf(pipeline)) === NEWEST, {
        what: 'the only store to raise the format',
        deadlineMs: DEADLINE_MS,
      });
    await isRaised();
    const format = new BatchFormat(ingress.bus, database, createLogger('test'), (error) => {
      throw error;
    });
    // One that reads no more than the oldest; then one of before stores said anything, which has a lease.
    await database`
      INSERT INTO overseer.stores (owner, until, lasts, batch_version) VALUES ('older', now() + interval '1 hour', '1 hour', 1)`;
    await ingress.bus.setStreamMetadata(POINTS_STREAM, FORMAT_METADATA, OLDEST);
    await format.raise();
    expect(await formatOf(pipeline)).toBe(OLDEST);
    await database`
      INSERT INTO overseer.leases (partition, owner, epoch, until, lasts)
      VALUES (31, 'oldest', 1, now() + interval '1 hour', '1 hour')`;
    await database`DELETE FROM overseer.stores WHERE owner = 'older'`;
    await format.raise();
    expect(await formatOf(pipeline)).toBe(OLDEST);
    await database`UPDATE overseer.leases SET until = now() - interval '1 hour' WHERE owner = 'oldest'`;
    await isRaised();
    expect((await ingress.bus.stream(POINTS_STREAM))?.metadata).toHaveProperty(
      'overseer-partitions',
      '2',
    );
  } finally {
    await pipeline.stop();
  }
});
