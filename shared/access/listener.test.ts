import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
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

/** Of the TLS protocol. */
const ALERT = 21;
const HANDSHAKE = 22;
const PROTOCOL_VERSION = 70;

/** What the server says to a client that knows no newer version; clients of our own would not even ask. */
function replyToHello(url: URL, version: number): Promise<{ content?: number; alert?: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    content?: number;
    alert?: number;
  }>();
  const socket = connectPlain(Number(url.port), '127.0.0.1', () => socket.write(hello(version)));
  socket.once('data', (bytes) => {
    const [content, , , , , , description] = bytes;
    resolve(
      content === ALERT
        ? { content, alert: description as number }
        : { content: content as number },
    );
    socket.destroy();
  });
  socket.on('error', reject);
  socket.on('close', () => resolve({}));
  return promise;
}

/** The first message of a client: a version, a random number, and ciphers that every version has some of. */
function hello(version: number): Buffer {
  const ciphers = Buffer.from('c009c00ac02bc02fc013c014009c002f0035000a', 'hex');
  // The curve P-256, points as they are, and ECDSA or RSA with SHA-256 or SHA-1.
  const extensions = Buffer.from(
    '000a00040002001700' + '0b00020100' + '000d000a00080403040102030201',
    'hex',
  );
  const sized = (bytes: number, ...parts: Buffer[]) => {
    const content = Buffer.concat(parts);
    const size = Buffer.alloc(bytes);
    size.writeUIntBE(content.length, 0, bytes);
    return Buffer.concat([size, content]);
  };
  const versionBytes = Buffer.of(version >> 8, version & 0xff);
  const message = sized(
    3,
    versionBytes,
    randomBytes(32),
    sized(1),
    sized(2, ciphers),
    sized(1, Buffer.of(0)),
    sized(2, extensions),
  );
  const record = sized(2, Buffer.of(1), message);
  return Buffer.concat([Buffer.of(HANDSHAKE, 3, 1), record]);
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
    expect(await replyToHello(url, 0x03_03)).toEqual({ content: HANDSHAKE });
    for (const version of [0x03_02, 0x03_01, 0x03_00]) {
      expect(await replyToHello(url, version)).toEqual({ content: ALERT, alert: PROTOCOL_VERSION });
    }
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
