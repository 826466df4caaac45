import { expect, test } from 'bun:test';
import { decodeBatch, type MessageHeaders, Meter, Metrics } from '@overseer/shared';
import { LineParser, startBody } from '@overseer/wasm';
import { Announcements } from './announcements.ts';
import { BatchMetrics } from './batch-metrics.ts';
import { BatchPublisher } from './batch-publisher.ts';
import { OpenBatch } from './open-batch.ts';

/** A stream that acknowledges when it is told to, and a parser with one partition in front of it. */
async function setUp() {
  const parser = await LineParser.create({ seed: new Uint8Array(16), partitions: 1 });
  parser.defineFields('db', 'm', [{ name: 'f', type: 'float' }]);
  const rowsSent: number[] = [];
  const headersSent: (MessageHeaders | undefined)[] = [];
  const acknowledge: (() => void)[] = [];
  const publisher = new BatchPublisher({
    parser,
    announcements: new Announcements(parser, 1),
    publisher: {
      publish(_, payload, headers) {
        headersSent.push(headers);
        rowsSent.push(decodeBatch(payload).blocks.reduce((rows, block) => rows + block.rows, 0));
        const { promise, resolve } = Promise.withResolvers<number>();
        acknowledge.push(() => resolve(rowsSent.length));
        return promise;
      },
    },
    metrics: new BatchMetrics(new Meter(new Metrics(), '')),
    installationId: '01234567',
    packs: () => true,
    streamChecks: () => 0,
    inFlightMax: 16,
    onTake: () => undefined,
  });
  const write = (lines: number, from: number): OpenBatch => {
    const text = Array.from({ length: lines }, (_, i) => `m f=1 ${from + i}\n`).join('');
    const body = new TextEncoder().encode(text);
    parser.parse(
      body,
      startBody({ database: parser.database('db'), precision: 1n, nowNs: 0n, errorsMax: 1 }),
    );
    return new OpenBatch(0);
  };
  return { parser, publisher, write, rowsSent, headersSent, acknowledge };
}

test('batch publisher - what comes while a small batch is on its way shares the next one', async () => {
  const { publisher, write, rowsSent, acknowledge } = await setUp();
  const first = write(1, 0);
  publisher.queue(first);
  const second = write(1, 1);
  publisher.queue(second);
  write(2, 2);
  publisher.queue(second);
  expect(rowsSent).toEqual([1]);
  acknowledge[0]?.();
  await first.settled;
  expect(rowsSent).toEqual([1, 3]);
  acknowledge[1]?.();
  expect(await second.settled).toBeUndefined();
});

test('batch publisher - a full batch, or one that is urgent, waits for no other', async () => {
  const { parser, publisher, write, rowsSent } = await setUp();
  publisher.queue(write(1, 0));
  publisher.queue(write(1, 1), true);
  expect(rowsSent).toEqual([1, 1]);
  const full = Math.ceil(parser.limits.openBytesTarget / 24);
  publisher.queue(write(full, 2));
  expect(rowsSent.length).toBe(3);
});

test('batch publisher - a batch that nobody traces has no headers', async () => {
  const { publisher, write, headersSent, acknowledge } = await setUp();
  const batch = write(1, 0);
  publisher.queue(batch);
  acknowledge[0]?.();
  await batch.settled;
  expect(headersSent).toEqual([undefined]);
});
