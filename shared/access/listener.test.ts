import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { connect, type SecureVersion } from 'node:tls';
import {
  createCertificate,
  type TestCertificate,
  temporaryFolder,
  waitUntil,
  writeCertificate,
} from '@overseer/local/testing';
import { createLogger } from '../log.ts';
import { Listener } from './listener.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const log = createLogger('test');
log.level = 'silent';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(certificate: TestCertificate, answer: () => Response | Promise<Response>): Listener {
  const { cert, key } = writeCertificate(folder, certificate);
  return new Listener({
    port: 0,
    tlsCertificate: cert,
    tlsKey: key,
    log,
    pollIntervalMs: 10,
    onFailure: (error) => {
      throw error;
    },
    listen: (port, tls) =>
      Bun.serve({
        hostname: '127.0.0.1',
        port,
        reusePort: false,
        ...(tls && { tls }),
        fetch: answer,
      }),
  });
}

/** Name and protocol that a new connection is shown; an error's words when there is none. */
function handshake(url: URL, version: SecureVersion = 'TLSv1.3'): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(
    {
      host: '127.0.0.1',
      port: Number(url.port),
      // Any certificate is wanted here: which it is, is the question.
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
    },
    () => {
      resolve(`${socket.getPeerCertificate().subject?.CN} ${socket.getProtocol()}`);
      socket.end();
    },
  );
  socket.on('error', (error) => resolve(error.message));
  return promise;
}

const get = (url: URL, { cert }: TestCertificate) =>
  fetch(`https://127.0.0.1:${url.port}`, { tls: { ca: cert } }).then((answer) => answer.text());

test('listener - HTTPS with TLS 1.2 and 1.3, none before', async () => {
  const certificate = createCertificate('one');
  const listener = start(certificate, () => new Response('hello'));
  try {
    const { url } = listener;
    expect(url.protocol).toBe('https:');
    expect(await get(url, certificate)).toBe('hello');
    expect(await handshake(url)).toBe('one TLSv1.3');
    expect(await handshake(url, 'TLSv1.2')).toBe('one TLSv1.2');
    expect(await handshake(url, 'TLSv1.1')).toMatch(/protocol/i);
    const plain = await fetch(`http://127.0.0.1:${url.port}`).catch(() => 'refused');
    expect(plain).toBe('refused');
  } finally {
    await listener.stop(true);
  }
});

test('listener - a renewed certificate is shown, and requests under way are answered', async () => {
  const [one, two] = [createCertificate('one'), createCertificate('two')];
  const gate = Promise.withResolvers<void>();
  let isAsked = false;
  const listener = start(one, async () => {
    isAsked = true;
    await gate.promise;
    return new Response('late');
  });
  try {
    const { url } = listener;
    const answer = get(url, one);
    await waitUntil(() => isAsked, { what: 'the request', deadlineMs: DEADLINE_MS });
    writeCertificate(folder, two);
    await waitUntil(async () => (await handshake(url)) === 'two TLSv1.3', {
      what: 'the new certificate',
      deadlineMs: DEADLINE_MS,
    });
    const stopped = listener.stop();
    gate.resolve();
    expect(await answer).toBe('late');
    await stopped;
  } finally {
    await listener.stop(true);
  }
});
