import { expect, test } from 'bun:test';
import { Hosts } from './hosts.ts';
import { Rig } from './testing/rig.ts';

function allows(hosts: Hosts, host?: string): boolean {
  return hosts.allows(new Request('http://any', host === undefined ? {} : { headers: { host } }));
}

const OWN = [
  'localhost',
  'LOCALHOST:3000',
  'a.localhost',
  '127.0.0.1:3000',
  '127.9.9.9',
  '[::1]:80',
];
const FOREIGN = [
  'evil.example.org',
  '127.0.0.1.evil.example.org',
  'localhost.evil.example.org',
  'notlocalhost',
  '[::2]',
  '10.0.0.1',
  'evil.example.org@127.0.0.1:x',
  '',
];

test('hosts - a frontend of this machine alone answers to its names and those of allowed origins', () => {
  for (const listensOn of ['127.0.0.1', 'localhost', '::1', '0:0:0:0:0:0:0:1', '127.0.0.53']) {
    const hosts = new Hosts(listensOn, ['https://metrics.example.org', 'http://10.1.1.1:8080']);
    for (const host of [
      ...OWN,
      'metrics.example.org',
      'metrics.example.org:443',
      '10.1.1.1:8080',
    ]) {
      expect([listensOn, host, allows(hosts, host)]).toEqual([listensOn, host, true]);
    }
    for (const host of FOREIGN) {
      expect([listensOn, host, allows(hosts, host)]).toEqual([listensOn, host, false]);
    }
    expect(allows(hosts)).toBe(true);
  }
});

test('hosts - a frontend that others reach answers to any name', () => {
  for (const listensOn of ['0.0.0.0', '::', '192.168.1.5', 'metrics.example.org']) {
    for (const host of [...OWN, ...FOREIGN])
      expect(allows(new Hosts(listensOn, []), host)).toBe(true);
  }
});

test('hosts - a page whose name was made to mean this machine can read nothing', async () => {
  await using rig = await Rig.start({ ALLOWED_ORIGINS: 'https://metrics.example.org' });
  const { port } = new URL(rig.frontend.url);
  const host = `evil.example.org:${port}`;
  const upgrade = {
    origin: `http://${host}`,
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  for (const path of [
    '/',
    '/health',
    '/metrics',
    '/api/v1/labels',
    '/db/x/api/v1/query',
    '/none',
  ]) {
    const answer = await rig.frontend.get(path, { headers: { host } });
    expect([path, answer.status]).toEqual([path, 421]);
    expect(await answer.json()).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/"evil\.example\.org:\d+".*ALLOWED_ORIGINS/),
    });
  }
  const live = await rig.frontend.get('/live', { headers: { host, ...upgrade } });
  expect(live.status).toBe(421);
  expect(rig.store.questions).toEqual([]);
  const proxied = await rig.frontend.get('/health', { headers: { host: 'metrics.example.org' } });
  expect(proxied.status).toBe(200);
  expect(await rig.frontend.metric('requests_total', 'status="421"')).toBe(7);
});
