import { expect, setDefaultTimeout, test } from 'bun:test';
import { gzipSync } from 'node:zlib';
import { Samples, waitUntil } from '@overseer/local/testing';
import { Rig } from './testing/rig.ts';
import { LINE_ERRORS_LISTED_MAX } from './write-answer.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

/** By how much each of these rises while something is done. */
async function risesDuring(
  rig: Rig,
  metrics: Readonly<Record<string, readonly [name: string, labels?: Record<string, string>]>>,
  action: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await Samples.of(rig.ingress.url);
  await action();
  const after = await Samples.of(rig.ingress.url);
  return Object.fromEntries(
    Object.entries(metrics).map(([what, [name, labels]]) => {
      // A status that nobody was answered yet is not there.
      const rise = after.value(name, labels) - (before.sum(name, labels) ?? 0);
      return [what, rise];
    }),
  );
}

async function refusals(rig: Rig): Promise<Record<string, number>> {
  const samples = await Samples.of(rig.ingress.url);
  return Object.fromEntries(
    samples
      .all('overseer_ingress_refused_requests_total')
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => [labels.reason, value]),
  );
}

test('metrics of writes - a request is counted by dialect and status, on the wire and inflated', async () => {
  await using rig = await Rig.start();
  const text = `${'m,host=a f=1\n'.repeat(100)}`;
  const body = gzipSync(text);
  const rises = await risesDuring(
    rig,
    {
      requests: ['overseer_ingress_requests_total', { dialect: 'influxdb1', status: '204' }],
      timed: ['overseer_ingress_request_seconds_count'],
      received: ['overseer_ingress_received_bytes_total'],
      inflated: ['overseer_ingress_body_bytes_total'],
      lines: ['overseer_ingress_lines_total'],
      batches: ['overseer_ingress_batches_total', { outcome: 'stored' }],
      batchRequests: ['overseer_ingress_batch_requests_sum'],
      waits: ['overseer_ingress_batch_wait_seconds_count'],
      published: ['overseer_ingress_publish_seconds_count'],
      newSeries: ['overseer_ingress_new_series_total'],
    },
    async () => {
      const headers = { 'content-encoding': 'gzip' };
      expect((await rig.ingress.write(body, '', headers)).status).toBe(204);
    },
  );
  expect(rises).toEqual({
    requests: 1,
    timed: 1,
    received: body.length,
    inflated: text.length,
    lines: 100,
    batches: 1,
    batchRequests: 1,
    waits: 1,
    published: 1,
    newSeries: 1,
  });
  const v2 = { dialect: 'influxdb2', status: '204' };
  const rise = await risesDuring(rig, { v2: ['overseer_ingress_requests_total', v2] }, () =>
    fetch(`${rig.ingress.url}/api/v2/write?org=o&bucket=test`, { method: 'POST', body: 'm f=2' }),
  );
  expect(rise).toEqual({ v2: 1 });
});

test('metrics of writes - requests that share a batch are seen in it', async () => {
  await using rig = await Rig.start({ COALESCE_MS: '200' }, { partitions: 1 });
  const rises = await risesDuring(
    rig,
    {
      batches: ['overseer_ingress_batches_total', { outcome: 'stored' }],
      requests: ['overseer_ingress_batch_requests_sum'],
    },
    async () => {
      // The field must be known: else each waits for its own reservation.
      await rig.ingress.write('m f=0 0');
      await Promise.all([1, 2, 3, 4].map((time) => rig.ingress.write(`m f=1 ${time}`)));
    },
  );
  expect(rises.requests).toBe(5);
  expect(rises.batches).toBeLessThan(5);
});

test('metrics of lines - a line that is rejected raises its reason by one, and no other', async () => {
  await using rig = await Rig.start();
  const reason = (name: string) =>
    ['overseer_ingress_rejected_lines_total', { reason: name }] as const;
  const watched = {
    value: reason('invalid-value'),
    fields: reason('missing-fields'),
    unlisted: reason('unlisted'),
    all: ['overseer_ingress_rejected_lines_total'],
    accepted: ['overseer_ingress_lines_total'],
    refused: ['overseer_ingress_refused_requests_total'],
  } as const;
  const one = await risesDuring(rig, watched, () => rig.ingress.write('m f=1\nm f=x'));
  expect(one).toEqual({ value: 1, fields: 0, unlisted: 0, all: 1, accepted: 1, refused: 0 });
  const count = LINE_ERRORS_LISTED_MAX + 7;
  const many = await risesDuring(rig, watched, () => rig.ingress.write('m\n'.repeat(count)));
  expect(many).toEqual({
    value: 0,
    fields: LINE_ERRORS_LISTED_MAX,
    unlisted: 7,
    all: count,
    accepted: 0,
    refused: 0,
  });
});

test('metrics of refusals - each request is counted by its reason, limits by the name of their setting', async () => {
  await using rig = await Rig.start({ BODY_BYTES_MAX: '1KiB', BODIES_BYTES_MAX: '96KiB' });
  const { ingress } = rig;
  await ingress.write('m f=1', '&precision=wrong');
  expect(await refusals(rig)).toEqual({ parameters: 1 });
  await ingress.write('m f=1', '', { 'content-encoding': 'br' });
  await ingress.write('no gzip', '', { 'content-encoding': 'gzip' });
  await ingress.write('x'.repeat(2000));
  expect(await refusals(rig)).toEqual({
    ...{ parameters: 1, encoding: 1, damaged_body: 1, body_bytes_max: 1 },
  });
  await ingress.write('m f=1', '', { origin: 'http://elsewhere.example' });
  expect((await refusals(rig)).forbidden).toBe(1);
});

test('metrics of refusals - new series beyond their rate, and NATS away', async () => {
  await using rig = await Rig.start({ NEW_SERIES_PER_SECOND_MAX: '1' });
  const lines = Array.from({ length: 50 }, (_, i) => `m,i=${i} f=1`).join('\n');
  // The store is not there to be asked which of them exist.
  expect((await rig.ingress.write(lines)).status).toBe(503);
  expect(await refusals(rig)).toEqual({ new_series_per_second_max: 1 });
  await rig.nats.kill();
  await rig.ingress.becomes(false);
  expect((await rig.ingress.write('m f=1')).status).toBe(503);
  expect((await refusals(rig)).not_ready).toBe(1);
  expect((await Samples.of(rig.ingress.url)).value('overseer_ingress_ready')).toBe(0);
});

test('metrics of refusals - a stream without room', async () => {
  await using rig = await Rig.start({}, { partitions: 1, bytesMax: 64 * 1024 });
  const full = async () => {
    await rig.ingress.write(`m s="${'x'.repeat(20_000)}"`);
    return (await refusals(rig)).points_bytes_max === 1;
  };
  await waitUntil(full, { what: 'the stream to be full', deadlineMs: DEADLINE_MS });
});

test('metrics of levels - names, series and what is open, with their limits', async () => {
  await using rig = await Rig.start({ COALESCE_MS: '1000', PUBLISH_IN_FLIGHT_MAX: '3' });
  const writing = rig.ingress.write('m,host=a f=1\nn,host=b g=2');
  const isOpen = async () =>
    (await Samples.of(rig.ingress.url)).value('overseer_ingress_open_rows') === 2;
  await waitUntil(isOpen, { what: 'both rows to be open', deadlineMs: DEADLINE_MS });
  const open = await Samples.of(rig.ingress.url);
  expect(open.value('overseer_ingress_open_bytes')).toBeGreaterThan(0);
  expect(open.value('overseer_ingress_writes')).toBe(1);
  expect(open.value('overseer_ingress_bodies_bytes')).toBeGreaterThan(0);
  expect(open.value('overseer_ingress_clients')).toBe(1);
  expect((await writing).status).toBe(204);
  const done = await Samples.of(rig.ingress.url);
  const values = (...names: string[]) =>
    names.map((name) => done.value(`overseer_ingress_${name}`));
  expect(values('open_rows', 'writes', 'bodies_bytes', 'clients', 'publishes')).toEqual([
    ...[0, 0, 0, 0, 0],
  ]);
  expect(values('databases', 'database_measurements', 'series', 'announcements')).toEqual([
    ...[1, 2, 2, 2],
  ]);
  expect(values('publishes_max', 'databases_max', 'tokens')).toEqual([3, 1000, 0]);
  await rig.store.advanceWatermarks();
  const isConfirmed = async () =>
    (await Samples.of(rig.ingress.url)).value('overseer_ingress_announcements') === 0;
  await waitUntil(isConfirmed, { what: 'both keys to be confirmed', deadlineMs: DEADLINE_MS });
});

test('metrics of /query - a request is counted by its status', async () => {
  await using rig = await Rig.start();
  const ask = (query: string) => fetch(`${rig.ingress.url}/query?q=${encodeURIComponent(query)}`);
  const rises = await risesDuring(
    rig,
    {
      ok: ['overseer_ingress_queries_total', { status: '200' }],
      wrong: ['overseer_ingress_queries_total', { status: '400' }],
    },
    async () => {
      await ask('SHOW DATABASES');
      await fetch(`${rig.ingress.url}/query`);
    },
  );
  expect(rises).toEqual({ ok: 1, wrong: 1 });
});
