import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import type { StatusEnd, StatusPart } from '@overseer/shared';
import { askAdministration } from '../testing/administration-answer.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, type Point } from '../testing/test-ingress.ts';

const NOON = 1_767_355_200_000_000_000n;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
}, 60_000);
afterAll(() => pipeline?.stop());

interface Status extends StatusEnd {
  readonly databases: StatusPart['databases'];
}

async function status(): Promise<Status> {
  const { end, parts } = await askAdministration<StatusEnd, StatusPart>(
    pipeline.ingress.bus,
    'status',
    {},
  );
  return { ...end, databases: parts.flatMap((part) => part.databases) };
}

const point = (host: string, timeNs: bigint): Point => ({
  database: 'demo',
  measurement: 'cpu',
  tags: { host },
  fields: { v: float(1) },
  timeNs,
});

test('status - tells owners, positions, streams and sizes', async () => {
  const hosts = Array.from({ length: 20 }, (_, i) => `h${i}`);
  const sequences = await pipeline.ingress.write(...hosts.map((host) => point(host, NOON)));
  await pipeline.settled();
  const { databases, partitions, streams, postgresBytes } = await status();
  expect(databases).toEqual([
    { db: 'demo', measurements: 1, series: 20, timePartitions: 1, bytes: expect.any(Number) },
  ]);
  expect(databases[0]?.bytes).toBeGreaterThan(8192);
  expect(postgresBytes).toBeGreaterThan(1_000_000);
  expect(partitions.map(({ partition }) => partition)).toEqual([0, 1]);
  for (const partition of partitions) {
    expect(partition.owner).toBeString();
    expect(partition.epoch).toBeGreaterThan(0);
    expect(partition).toMatchObject({ messagesBehind: 0, behindMs: 0 });
    expect(partition).toMatchObject({ parkedBlocks: 0, parkedBytes: 0 });
  }
  expect(Math.max(...partitions.map(({ sequence }) => sequence))).toBe(Math.max(...sequences));
  expect(streams.map(({ name }) => name)).toEqual(['POINTS', 'STORED', 'DEAD']);
  expect(streams[0]).toMatchObject({ messages: sequences.length, bytesMax: 256 * 2 ** 20 });
});

test('status - batches that are not stored are a lag in messages and time', async () => {
  const { database, ingress } = pipeline;
  const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  // Whoever moves a position waits for this.
  const holding = database.begin(async (transaction) => {
    await transaction`SELECT FROM overseer.progress FOR UPDATE`;
    onLocked();
    await released;
  });
  try {
    await Promise.race([locked, holding]);
    for (let i = 1n; i <= 3n; i++) await ingress.write(point('h0', NOON + i));
    const behind = await waitUntil(
      async () => (await status()).partitions.find(({ behindMs }) => behindMs > 0),
      { what: 'a lag', deadlineMs: 30_000 },
    );
    expect(behind.messagesBehind).toBe(3);
  } finally {
    release();
    await holding;
  }
  await pipeline.settled();
  expect((await status()).partitions.every(({ messagesBehind }) => messagesBehind === 0)).toBe(
    true,
  );
});
