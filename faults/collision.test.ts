import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Cluster } from './cluster/cluster.ts';
import { deadLetters } from './consumption.ts';

const deadlineMs = 60_000;
const TIME_NS = 1_767_225_600_000_000_000n;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ stores: 1, disks: false, clocks: false });
}, 120_000);

afterAll(() => cluster?.[Symbol.asyncDispose]());

/** Writes a point of `cpu` in the database `db`. */
async function write(host: string, value: number): Promise<{ status: number; text: string }> {
  const response = await fetch(`${cluster.ingressUrl}/write?db=db`, {
    method: 'POST',
    body: `cpu,host=${host} value=${value}i ${TIME_NS + BigInt(value)}`,
  });
  return { status: response.status, text: await response.text() };
}

async function values(host: string): Promise<number[]> {
  const rows = await cluster.withSql((sql) => {
    const tags = JSON.stringify({ host });
    return sql<{ value: number }[]>`
      select value::int as value from db.cpu where tags = ${tags}::text::jsonb order by time`;
  });
  return rows.map(({ value }) => value);
}

async function stored(host: string, value: number): Promise<void> {
  await waitUntil(async () => (await values(host).catch((): number[] => [])).includes(value), {
    what: `${value} of ${host} to be stored`,
    deadlineMs,
  });
}

test('two series with one id - the first keeps it, the second is a dead letter and then refused, others go on', async () => {
  expect((await write('a', 1)).status).toBe(204);
  await stored('a', 1);
  // No two keys with one id can be found. To store and ingress, started anew, it is the same when
  // the owner of the id is another key than theirs.
  await cluster.hold(['store-1', 'ingress'], async () => {
    for (const name of ['store-1', 'ingress']) await cluster.member(name).running.kill('SIGKILL');
    await cluster.withSql((sql) => sql`update overseer.series set "check" = "check" # 1`);
  });
  expect((await write('a', 2)).status).toBe(204);
  await waitUntil(() => cluster.withBus(deadLetters), { what: 'a dead letter', deadlineMs });
  const refused = await waitUntil(
    async () => {
      const { status, text } = await write('a', 3);
      return status === 400 ? text : undefined;
    },
    { what: 'ingress to know of the collision', deadlineMs },
  );
  expect(refused).toContain('belongs to another series');
  expect((await write('b', 4)).status).toBe(204);
  await stored('b', 4);
  expect(await values('a')).toEqual([1]);
}, 180_000);
