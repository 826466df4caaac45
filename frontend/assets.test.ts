import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assets } from './assets.ts';
import { StartError } from './errors.ts';
import { INDEX_HTML, SCRIPT, writePage } from './testing/running-frontend.ts';

let folder: string;
let page: string;
let assets: Assets;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assets-'));
  page = join(folder, 'build');
  mkdirSync(page);
  writePage(page);
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(page, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  assets = new Assets(page, 'https://user:secret@write.example.org:8443/');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function get(path: string, headers: Record<string, string> = {}): Response | undefined {
  return assets.answer(new Request(`http://127.0.0.1${path}`, { headers }));
}

test('assets - files with a hash are kept for ever, compressed as they were built', async () => {
  const path = '/assets/page-abc123.js';
  const plain = get(path);
  expect(plain?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(plain?.headers.get('content-type')).toStartWith('text/javascript');
  expect(plain?.headers.get('x-content-type-options')).toBe('nosniff');
  expect(plain?.headers.get('content-encoding')).toBeNull();
  expect(await plain?.text()).toBe(SCRIPT);
  const zipped = get(path, { 'accept-encoding': 'gzip, deflate, br' });
  expect(zipped?.headers.get('content-encoding')).toBe('gzip');
  const bytes = new Uint8Array((await zipped?.arrayBuffer()) ?? new ArrayBuffer(0));
  expect(bytes).toEqual(Bun.gzipSync(SCRIPT));
});

test('assets - the page is asked for again each time, has its policy and the address of ingress', async () => {
  const index = get('/');
  expect(index?.headers.get('cache-control')).toBe('no-cache');
  const policy = index?.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  const html = await index?.text();
  expect(html).toBe(INDEX_HTML.replace('http://127.0.0.1:8086', 'https://write.example.org:8443'));
  const etag = index?.headers.get('etag') ?? '';
  const again = get('/', { 'if-none-match': `W/${etag}, "other"` });
  expect([again?.status, await again?.text()]).toEqual([304, '']);
  expect(get('/', { 'if-none-match': '"other"' })?.status).toBe(200);
});

test('assets - the page is at the paths of dashboards, too', async () => {
  const index = await get('/')?.text();
  for (const path of ['/dashboards', '/d/host-1a']) {
    expect([path, await get(path)?.text()]).toEqual([path, index]);
  }
  expect(get('/d/host/1')).toBeUndefined();
});

test('assets - other files are asked for again, too; text is compressed where the build did not', () => {
  const icon = get('/icon.svg', { 'accept-encoding': 'gzip' });
  expect(icon?.headers.get('cache-control')).toBe('no-cache');
  expect(icon?.headers.get('content-encoding')).toBe('gzip');
});

test('assets - nothing but the built files is there', () => {
  const paths = [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
  ];
  for (const path of [
    ...paths,
    '//secret.txt',
    '/assets',
    '/assets/',
    '/assets/page-abc123.js.gz',
    '/none',
  ]) {
    expect([path, get(path)]).toEqual([path, undefined]);
  }
});

test('assets - a page that was not built is an error that says how to build it', () => {
  const create = () => new Assets(join(folder, 'nowhere'), 'http://127.0.0.1:8086');
  expect(create).toThrow(StartError);
  expect(create).toThrow('bun frontend/build.ts');
});
