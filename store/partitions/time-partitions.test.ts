import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { attachPartition } from './attach.ts';
import { TimePartitions } from './time-partitions.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const log = createLogger('test');

let stored: StoredPoints;

beforeAll(async () => {
  stored = await StoredPoints.start();
});

afterAll(async () => {
  await stored?.stop();
});

const point = (measurement: string): Point => ({
  database: 'db',
  measurement,
  tags: {},
  fields: { f: float(1) },
  timeNs: BigInt(Date.now()) * 1_000_000n,
});

const table = (measurement: string) => stored.table({ database: 'db', measurement });

/** A measurement whose present partition goes on for a day and more, and that is written to. */
async function wide(measurement: string, nowS: number): Promise<TimePartitions> {
  await stored.catalogue.ensure([
    { database: 'db', measurement, fields: [{ name: 'f', type: 'float' }], ns: false },
  ]);
  const range = { fromS: nowS - HOUR_S, toS: nowS + DAY_S };
  await stored.database.begin((transaction) =>
    attachPartition(transaction, table(measurement), range, false),
  );
  await stored.partitions.load();
  await stored.write(point(measurement));
  await stored.database`
    INSERT INTO overseer.newest (partition, measurement_id, time_max_ns, written_at)
    VALUES (0, ${table(measurement).id}, 0, now())`;
  const partitions = new TimePartitions(stored.database, log, DAY_S * 1000);
  await partitions.load();
  return partitions;
}

test('time partitions - some are there ahead of whatever is written', async () => {
  const nowS = Math.floor(Date.now() / 1000);
  const partitions = await wide('ahead', nowS);
  const { id } = table('ahead');
  await partitions.makeAhead([table('ahead')]);
  expect(partitions.find(id, nowS)?.toS).toBe(nowS + DAY_S);
  expect(partitions.find(id, nowS + DAY_S)).toBeUndefined();
  await stored.write(point('young'));
  const young = table('young');
  await stored.database`
    INSERT INTO overseer.newest (partition, measurement_id, time_max_ns, written_at)
    VALUES (0, ${young.id}, 0, now())`;
  await partitions.load();
  await partitions.makeAhead([young]);
  for (let aheadS = 0; aheadS < 600; aheadS += 60) {
    expect(partitions.find(young.id, nowS + aheadS)).toBeDefined();
  }
});
