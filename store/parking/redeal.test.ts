import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { createLogger, decodeBatch, encodeBatch } from '@overseer/shared';
import { viewOf } from '../block-rows.ts';
import { migrate } from '../migrations.ts';
import { connectPostgres, type Database } from '../postgres.ts';
import { blockOfPoints } from '../testing/blocks.ts';
import { float } from '../testing/test-ingress.ts';
import { insertParked, readParked } from './parked-rows.ts';
import { redealParked } from './redeal.ts';

setDefaultTimeout(60_000);

const PLACE = { database: 'db', measurement: 'm' };

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 2);
  await migrate(database);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

/** A block with a row of every partition of four; the times tell which block it is. */
function payloadOf(block: number): Uint8Array {
  const rows = [0n, 1n, 2n, 3n].map((partition) => ({
    point: { ...PLACE, tags: {}, fields: { f: float(block) }, timeNs: BigInt(block) },
    seriesId: (partition << 62n) + 5n,
  }));
  return encodeBatch({ installation: '01234567', blocks: [blockOfPoints(rows, [])] });
}

test('parked blocks - are dealt to as many partitions as there are now, in their order', async () => {
  const blocks = Array.from({ length: 5 }, (_, i) => ({
    ...PLACE,
    sequence: 10 + i,
    block: i,
    payload: payloadOf(i),
    history: i === 2 ? { tries: 3, firstSeen: '2026-01-01T00:00:00Z' } : undefined,
  }));
  await database.begin((transaction) =>
    insertParked(transaction, { partition: 0, partitions: 1, stream: 'before' }, blocks),
  );
  await redealParked(database, 4, createLogger('test'));
  for (let partition = 0; partition < 4; partition++) {
    const parked = await readParked(database, partition, PLACE, 1_000_000);
    expect(parked.map(({ sequence }) => sequence)).toEqual([10, 11, 12, 13, 14]);
    expect(parked[2]).toMatchObject({ block: 2, stream: 'before', history: { tries: 3 } });
    for (const { payload, block } of parked) {
      const [own] = decodeBatch(payload).blocks;
      if (!own) throw new Error('no block');
      expect(own.rows).toBe(1);
      expect(viewOf(own.series).getBigUint64(0, true) >> 62n).toBe(BigInt(partition));
      expect(viewOf(own.times).getBigInt64(0, true)).toBe(BigInt(block));
    }
  }
});
