import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type NatsServer, Samples, startNats } from '@overseer/local/testing';
import { RunningIngress } from './testing/running-ingress.ts';
import { TestStore } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const BODY_BYTES_MAX = 65_536;

let nats: NatsServer;
let store: TestStore;
let ingress: RunningIngress;

beforeAll(async () => {
  nats = await startNats();
  store = await TestStore.connect(nats.url);
  await store.prepare();
  ingress = await RunningIngress.startReady(nats.url, {
    BODY_BYTES_MAX: `${BODY_BYTES_MAX}`,
    BODIES_BYTES_MAX: `${3 * BODY_BYTES_MAX}`,
  });
});

afterAll(async () => {
  await ingress?.stop();
  await store?.close();
  await nats?.stop();
});

/** Checks that an answer is an error in JSON, and gives its message. */
async function errorOf(response: Response, status: number): Promise<string> {
  expect(response.headers.get('content-type')).toContain('application/json');
  const body = (await response.json()) as { error: string };
  expect([response.status, body.error]).toEqual([status, expect.any(String)]);
  return body.error;
}

/** A body without a declared length. */
function chunked(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

test('http - parameters that are wrong are named', async () => {
  const missing = await fetch(`${ingress.url}/write`, { method: 'POST', body: 'm f=1' });
  expect(await errorOf(missing, 400)).toContain('parameter db is missing');
  expect(await errorOf(await ingress.write('m f=1', '&precison=s'), 400)).toContain('"precison"');
  expect(await errorOf(await ingress.write('m f=1', '&precision=d'), 400)).toContain('"d"');
});

test('http - parameters of InfluxDB 1.x are accepted', async () => {
  const response = await ingress.write('m f=1 1', '&rp=autogen&consistency=any&u=a&p=b');
  expect([response.status, await response.text()]).toEqual([204, '']);
});

test('http - wrong methods get 405 with those allowed, unknown paths 404', async () => {
  const wrong = await ingress.get('/write?db=test');
  expect(wrong.headers.get('allow')).toBe('POST');
  expect(await errorOf(wrong, 405)).toContain('/write takes POST');
  for (const method of ['HEAD', 'OPTIONS', 'PUT']) {
    // Names as short as this one are those of containers.
    for (const host of ['db', 'localhost:8086']) {
      const response = await ingress.get('/write', { method, headers: { host } });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
  }
  for (const method of ['POST', 'DELETE', 'PATCH', 'OPTIONS']) {
    const response = await ingress.get('/ping', { method });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await errorOf(response, 405);
  }
  expect(await errorOf(await ingress.get('/nothing'), 404)).toContain('/nothing');
});

test('http - a body over the limit is refused before it is read', async () => {
  const response = await ingress.write('x'.repeat(BODY_BYTES_MAX + 1));
  expect(await errorOf(response, 413)).toContain(`the limit is ${BODY_BYTES_MAX} bytes`);
});

test('http - a body over the limit whose length is not declared is refused while it is read', async () => {
  const response = await ingress.write(chunked('x'.repeat(4 * BODY_BYTES_MAX)));
  expect(await errorOf(response, 413)).toContain(`the limit is ${BODY_BYTES_MAX} bytes`);
  expect(ingress.ingress.bodies.bytes).toBe(0);
});

test('http - a body of undeclared length within the limit is written', async () => {
  expect((await ingress.write(chunked('m f=1 1\nm f=2 2'))).status).toBe(204);
});

const COMPRESSIONS: readonly [
  encoding: string,
  compress: (text: Buffer) => Buffer,
  name?: string,
][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync, 'gzip'],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['zstd', zstdCompressSync],
];

test.each(COMPRESSIONS)(
  'http - %s is inflated, within the limit of a body',
  async (encoding, compress, name = encoding) => {
    const headers = { 'content-encoding': encoding };
    const text = Buffer.from('m f=3 3\n'.repeat(100));
    const compressed = compress(text);
    expect((await ingress.write(compressed, '', headers)).status).toBe(204);
    const bomb = compress(Buffer.alloc(BODY_BYTES_MAX + 1));
    expect(await errorOf(await ingress.write(bomb, '', headers), 413)).toContain('limit');
    const truncated = Array.from(compressed, (_, length) => compressed.subarray(0, length));
    const continued = Buffer.concat([compressed, Buffer.from('\0m f=4 4')]);
    for (const damaged of [...truncated, continued, 'no such thing']) {
      const response = await ingress.write(damaged, '', headers);
      expect(await errorOf(response, 400)).toContain(`no valid ${name}`);
    }
    expect(ingress.ingress.bodies.bytes).toBe(0);
  },
);

test('http - several gzip members or zstd frames are one body, with line numbers of the whole', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    const body = Buffer.concat([compress('m f=1 1\nm f='), compress('2 2\nm f=x 3')]);
    const response = await ingress.write(body, '', { 'content-encoding': encoding });
    expect(await response.json()).toMatchObject({ accepted: 2, lines: [{ line: 3 }] });
  }
});

test('http - an unknown encoding is refused', async () => {
  const response = await ingress.write('m f=1', '', { 'content-encoding': 'br' });
  expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, zstd');
  expect(await errorOf(response, 415)).toContain('"br"');
});

test('http - bodies beyond the memory for all of them are told to come again', async () => {
  const lease = ingress.ingress.bodies.lease('another');
  lease.grow(2 * BODY_BYTES_MAX);
  const response = await ingress.write('x'.repeat(BODY_BYTES_MAX));
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await errorOf(response, 503)).toContain('limit');
  lease.release();
  expect((await ingress.write('m f=1 1')).status).toBe(204);
  expect(ingress.ingress.bodies.bytes).toBe(0);
});

test('http - probes of InfluxDB clients', async () => {
  for (const method of ['GET', 'HEAD']) {
    const ping = await ingress.get('/ping', { method });
    expect([ping.status, await ping.text()]).toEqual([204, '']);
    expect(ping.headers.get('x-influxdb-version')).toMatch(/^1\.8\.\d+-overseer\./);
  }
  const verbose = await ingress.get('/ping?verbose=true');
  expect([verbose.status, await verbose.json()]).toEqual([200, { version: expect.any(String) }]);
  const health = await ingress.get('/health');
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'pass' }]);
  const ready = await ingress.get('/ready');
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, missing: {} }]);
});

test('http - metrics are there for Prometheus', async () => {
  const response = await ingress.get('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  const samples = new Samples(await response.text());
  const ofIngress = { service: 'ingress' };
  expect(samples.value('overseer_ingress_ready', ofIngress)).toBe(1);
  expect(samples.value('overseer_ingress_bodies_bytes', ofIngress)).toBe(0);
});
