import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { gzipSync } from 'node:zlib';
import { WholePipeline } from '../testing/whole-pipeline.ts';

/** What is sent without a client library: by hand with curl, and by Telegraf, whose requests are made here as its sources make them. */

setDefaultTimeout(120_000);

const TELEGRAF = { 'user-agent': 'Telegraf/1.38.0 Go/1.25' };
const SENT = [
  'cpu,cpu=cpu-total,host=web\\ 1 usage_idle=97.5,usage_user=2.5 1767225600000000000',
  'disk,device=sda1,fstype=ext4,host=web\\ 1,path=/ free=9007199254740993i,used_percent=3.25 1767225600000000000',
  'system,host=web\\ 1 uptime_format=" 1:02",n_users=0i 1767225600000000000',
  '',
].join('\n');

let pipeline: WholePipeline;

beforeAll(async () => {
  pipeline = await WholePipeline.start();
});

afterAll(async () => {
  await pipeline?.[Symbol.asyncDispose]();
});

/** A body whose length is not declared, as Telegraf sends what it compresses on the way. */
function chunked(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([Uint8Array.from(bytes)]).stream();
}

async function expectSent(database: string): Promise<void> {
  const time = '2026-01-01T00:00:00+00:00';
  const [cpu] = await pipeline.rows(database, 'cpu', 1);
  expect(cpu).toMatchObject({ time, usage_idle: '97.5', usage_user: '2.5' });
  expect(JSON.parse(cpu?.tags ?? '')).toEqual({ cpu: 'cpu-total', host: 'web 1' });
  expect(await pipeline.rows(database, 'disk', 1)).toMatchObject([
    { time, free: '9007199254740993', used_percent: '3.25' },
  ]);
  expect(await pipeline.rows(database, 'system', 1)).toMatchObject([
    { time, uptime_format: ' 1:02', n_users: '0' },
  ]);
}

async function curl(...options: readonly string[]): Promise<string> {
  const child = Bun.spawn(['curl', '--silent', '--show-error', ...options], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`curl: ${errors}`);
  return output;
}

test('curl - creates, writes and asks as the documentation of InfluxDB has it', async () => {
  const created = await curl(
    '--request',
    'POST',
    `${pipeline.url}/query`,
    '--data-urlencode',
    'q=CREATE DATABASE mydb',
  );
  expect(JSON.parse(created)).toEqual({ results: [{ statement_id: 0 }] });
  const status = ['--output', '/dev/null', '--write-out', '%{http_code}'];
  const write = `${pipeline.url}/write?db=mydb&precision=s`;
  expect(
    await curl(...status, write, '--data-binary', 'room,name=attic temperature=14.25 1767225600'),
  ).toBe('204');
  expect(await pipeline.rows('mydb', 'room', 1)).toMatchObject([{ temperature: '14.25' }]);
  expect(JSON.parse(await curl(write, '--data-binary', 'room temperature=warm'))).toMatchObject({
    error: expect.stringContaining('(line 1)'),
  });
  const shown = await curl(
    '--get',
    `${pipeline.url}/query`,
    '--data-urlencode',
    'q=SHOW MEASUREMENTS ON "mydb"',
  );
  expect(JSON.parse(shown).results[0].series[0].values).toEqual([['room']]);
});

test('telegraf - outputs.influxdb: makes its database, then writes compressed without a precision', async () => {
  const authorization = `Basic ${btoa('telegraf:secret')}`;
  const created = await fetch(`${pipeline.url}/query`, {
    method: 'POST',
    headers: { ...TELEGRAF, authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ q: 'CREATE DATABASE "telegraf"' }).toString(),
  });
  expect([created.status, await created.json()]).toEqual([200, { results: [{ statement_id: 0 }] }]);
  const written = await fetch(`${pipeline.url}/write?consistency=any&db=telegraf`, {
    method: 'POST',
    headers: {
      ...TELEGRAF,
      authorization,
      'content-type': 'text/plain; charset=utf-8',
      'content-encoding': 'gzip',
    },
    body: chunked(gzipSync(SENT)),
  });
  expect([written.status, await written.text()]).toEqual([204, '']);
  await expectSent('telegraf');
});

test('telegraf - outputs.influxdb with a retention policy writes to a database of its own', async () => {
  const url = `${pipeline.url}/write?db=telegraf&rp=weekly`;
  const written = await fetch(url, { method: 'POST', headers: TELEGRAF, body: SENT });
  expect(written.status).toBe(204);
  await expectSent('telegraf/weekly');
});

test('telegraf - outputs.influxdb_v2: writes compressed to a bucket', async () => {
  const written = await fetch(`${pipeline.url}/api/v2/write?bucket=agents&org=influxdata`, {
    method: 'POST',
    headers: {
      ...TELEGRAF,
      authorization: 'Token secret',
      'content-type': 'text/plain; charset=utf-8',
      'content-encoding': 'gzip',
    },
    body: gzipSync(SENT),
  });
  expect([written.status, await written.text()]).toEqual([204, '']);
  await expectSent('agents');
});

test('telegraf - outputs.influxdb_v2: a body that is too large is 413, so that it is split', async () => {
  const written = await fetch(`${pipeline.url}/api/v2/write?bucket=agents&org=influxdata`, {
    method: 'POST',
    headers: { ...TELEGRAF, 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(33 * 1024 ** 2, 0x20)),
  });
  expect(written.status).toBe(413);
  expect(await written.json()).toMatchObject({ code: 'request too large' });
});
