import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { waitUntil } from '@overseer/local/testing';
import { Link } from './link.ts';

const deadlineMs = 20_000;

/** One end of a connection, and what came there. */
class End {
  text = '';
  isClosed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
  }
}

let server: Server;
let link: Link;
let accepted: End[];
let clients: End[];

beforeEach(async () => {
  accepted = [];
  clients = [];
  server = createServer((socket) => accepted.push(new End(socket)));
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  link = await Link.start(address.port);
});

afterEach(async () => {
  await link[Symbol.asyncDispose]();
  for (const { socket } of [...accepted, ...clients]) socket.destroy();
  server.close();
});

/** A connection over the link, both of its ends. */
async function open(): Promise<{ client: End; served: End }> {
  const before = accepted.length;
  const client = new End(connect(link.port, '127.0.0.1'));
  clients.push(client);
  const served = await waitUntil(() => accepted[before], { what: 'a connection', deadlineMs });
  return { client, served };
}

async function arrives(end: End, text: string): Promise<void> {
  await waitUntil(() => end.text.includes(text), { what: `"${text}" to arrive`, deadlineMs });
}

async function closes(end: End): Promise<void> {
  await waitUntil(() => end.isClosed, { what: 'a connection to close', deadlineMs });
}

describe('link', () => {
  test('undisturbed - passes everything both ways, and the end after it', async () => {
    const { client, served } = await open();
    const much = 'x'.repeat(3_000_000);
    served.socket.write('the answer');
    await arrives(client, 'the answer');
    client.socket.end(much);
    await closes(served);
    expect(served.text.length).toBe(much.length);
  });

  test('cut - closes both ends; new connections pass', async () => {
    const { client, served } = await open();
    link.cut();
    await closes(client);
    await closes(served);
    const { client: next, served: nextServed } = await open();
    next.socket.write('hello');
    await arrives(nextServed, 'hello');
  });

  test('silent - holds everything back until it is healed', async () => {
    const { client, served } = await open();
    link.silence();
    client.socket.write('late');
    const { client: next, served: nextServed } = await open();
    next.socket.write('later');
    expect(served.text).toBe('');
    link.heal();
    await arrives(served, 'late');
    await arrives(nextServed, 'later');
  });

  test('silent - an end that closes is noticed afterwards, without what it had sent', async () => {
    const { client, served } = await open();
    link.silence();
    client.socket.end('too late');
    await closes(client);
    expect(served.isClosed).toBe(false);
    link.heal();
    await closes(served);
    expect(served.text).toBe('');
  });

  test('stranded - nothing passes any more, new connections pass, and it can be ended', async () => {
    const { client, served } = await open();
    link.strand();
    client.socket.write('x'.repeat(3_000_000));
    served.socket.write('lost');
    const { client: next, served: nextServed } = await open();
    next.socket.write('hello');
    await arrives(nextServed, 'hello');
    expect(served.text).toBe('');
    expect(client.text).toBe('');
    await link[Symbol.asyncDispose]();
    await closes(client);
    await closes(served);
  });

  test('slow - passes everything, later', async () => {
    const { client, served } = await open();
    const startedAt = performance.now();
    link.slow({ delayMs: 100, bytesPerSecond: 100_000 });
    client.socket.write(`${'x'.repeat(20_000)}end`);
    await arrives(served, 'end');
    // At the least: how late a busy machine is on top of that is no matter.
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });

  test('no server - is noticed by the client', async () => {
    server.close();
    const client = new End(connect(link.port, '127.0.0.1'));
    clients.push(client);
    await closes(client);
  });
});
