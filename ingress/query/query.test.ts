import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { databaseKey, SCHEMA_BUCKET } from '@overseer/shared';
import { Rig } from '../testing/rig.ts';
import { RunningIngress } from '../testing/running-ingress.ts';

setDefaultTimeout(60_000);

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

async function get(query: string, rest = ''): Promise<[status: number, body: unknown]> {
  const response = await rig.ingress.get(`/query?q=${encodeURIComponent(query)}${rest}`);
  expect(response.headers.get('content-type')).toContain('application/json');
  return [response.status, await response.json()];
}

async function post(body: string, type: string): Promise<[status: number, body: unknown]> {
  const headers = { 'content-type': type };
  const response = await rig.ingress.get('/query', { method: 'POST', body, headers });
  return [response.status, await response.json()];
}

const databases = (values: string[]) => ({
  series: [{ name: 'databases', columns: ['name'], values: values.map((name) => [name]) }],
});

test('query - CREATE DATABASE is known at once, also to another ingress, and a second time does nothing', async () => {
  const other = await RunningIngress.startReady(rig.nats.url);
  try {
    for (let times = 0; times < 2; times++) {
      expect(await get('CREATE DATABASE "made by hand"')).toEqual([
        200,
        { results: [{ statement_id: 0 }] },
      ]);
    }
    expect(await get('SHOW DATABASES')).toEqual([
      200,
      { results: [{ statement_id: 0, ...databases(['made by hand']) }] },
    ]);
    await waitUntil(() => other.ingress.databases.names().includes('made by hand'), {
      what: 'the other ingress to know it',
      deadlineMs: 20_000,
    });
    const bucket = await rig.store.bus.bucket(SCHEMA_BUCKET);
    await bucket.delete(databaseKey('made by hand'));
    await waitUntil(() => !other.ingress.databases.names().includes('made by hand'), {
      what: 'the other ingress to forget it',
      deadlineMs: 20_000,
    });
  } finally {
    await other.stop();
  }
});

test('query - databases and measurements that were written to are shown', async () => {
  await rig.ingress.write('n f=1\nm f=1\no\\ p f=1');
  const measurements = (names: string[]) => ({
    results: [
      {
        statement_id: 0,
        series: [{ name: 'measurements', columns: ['name'], values: names.map((name) => [name]) }],
      },
    ],
  });
  expect((await get('SHOW DATABASES'))[1]).toMatchObject({ results: [databases(['test'])] });
  expect(await get('SHOW MEASUREMENTS ON test')).toEqual([200, measurements(['m', 'n', 'o p'])]);
  expect(await get('show measurements limit 1 offset 2', '&db=test')).toEqual([
    200,
    measurements(['o p']),
  ]);
});

test('query - SHOW RETENTION POLICIES knows the one that every database has', async () => {
  await get('CREATE DATABASE policies');
  expect(await get('SHOW RETENTION POLICIES ON policies')).toMatchObject([
    200,
    { results: [{ series: [{ values: [['autogen', '0s', expect.any(String), 1, true]] }] }] },
  ]);
});

test('query - by form and by JSON, as clients send it', async () => {
  const created: [number, unknown] = [200, { results: [{ statement_id: 0 }] }];
  const form = new URLSearchParams({ q: 'CREATE DATABASE "by form"', epoch: 'ns' });
  expect(await post(`${form}`, 'application/x-www-form-urlencoded')).toEqual(created);
  const json = JSON.stringify({ q: 'CREATE DATABASE "by json"', pretty: true });
  expect(await post(json, 'application/json; charset=utf-8')).toEqual(created);
  expect(JSON.stringify(await get('SHOW DATABASES'))).toMatch(/by form.*by json/);
  for (const [body, type, status] of [
    ['[1]', 'application/json', 400],
    ['{"q"', 'application/json', 400],
    ['{}', 'application/json', 400],
    ['q=SHOW DATABASES', 'text/plain', 415],
    ['q='.padEnd(100_000, 'x'), 'application/x-www-form-urlencoded', 413],
  ] as const) {
    expect(await post(body, type)).toEqual([Number(status), { error: expect.any(String) }]);
  }
  const pretty = await rig.ingress.get('/query?q=SHOW%20DATABASES&pretty=true');
  expect(await pretty.text()).toContain('\n    "results"');
});

test('query - DROP DATABASE is off unless it is allowed; what follows is not executed', async () => {
  await get('CREATE DATABASE kept');
  expect(await get('DROP DATABASE kept; CREATE DATABASE never')).toEqual([
    200,
    {
      results: [
        {
          statement_id: 0,
          error: expect.stringMatching(
            /nothing of "kept" was dropped.*DROP_DATABASE=on.*overseer delete/,
          ),
        },
        { statement_id: 1, error: 'not executed' },
      ],
    },
  ]);
  const [, shown] = await get('SHOW DATABASES');
  expect(JSON.stringify(shown)).toContain('kept');
  expect(JSON.stringify(shown)).not.toContain('never');
});

test('query - DROP MEASUREMENT is off as well, and wants a database; other deletions name the command for them', async () => {
  const errorOf = async (q: string, parameters = '') => {
    const [status, answer] = await get(q, parameters);
    expect(status).toBe(200);
    return JSON.stringify(answer);
  };
  expect(await errorOf('DROP MEASUREMENT m')).toContain('database name required');
  expect(await errorOf('DROP MEASUREMENT m', '&db=kept')).toMatch(
    /nothing of .*m.* was dropped.*DROP_DATABASE=on.*overseer delete --db .*kept.* --measurement .*m/,
  );
  for (const q of ['DROP SERIES FROM m', "DELETE FROM m WHERE host = 'a'"]) {
    expect(await errorOf(q, '&db=kept')).toMatch(/is not supported.*overseer delete/);
  }
});

test('query - other statements say where queries are', async () => {
  expect(await get('SELECT * FROM m', '&db=test')).toEqual([
    200,
    {
      results: [
        { statement_id: 0, error: expect.stringMatching(/^SELECT \* FROM m is not .*PromQL.*SQL/) },
      ],
    },
  ]);
  expect(await get('SHOW MEASUREMENTS')).toMatchObject([
    200,
    { results: [{ error: expect.stringContaining('database name required') }] },
  ]);
  expect(await get('SHOW MEASUREMENTS ON nowhere')).toMatchObject([
    200,
    { results: [{ error: 'database not found: nowhere' }] },
  ]);
});

test('query - what is wrong with the request itself is 400', async () => {
  expect(await get('')).toEqual([400, { error: expect.stringContaining('parameter "q"') }]);
  expect(await get('CREATE DATABASE')).toEqual([
    400,
    { error: expect.stringMatching(/^error parsing query: .*char 16$/) },
  ]);
  expect(await get(`CREATE DATABASE "${'x'.repeat(129)}"`)).toEqual([
    400,
    { error: expect.stringContaining('has 129 bytes, the limit is 128') },
  ]);
  expect(await get('CREATE DATABASE ""')).toEqual([400, { error: expect.any(String) }]);
});

test('query - while ingress is not ready, it is 503 with Retry-After', async () => {
  await using unprepared = await Rig.startUnprepared();
  const response = await unprepared.ingress.get('/query?q=SHOW%20DATABASES');
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await response.json()).toEqual({ error: expect.any(String) });
});
