import { expect, setDefaultTimeout, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { waitUntil } from '@overseer/local/testing';
import { ProcessRig } from './testing/process-rig.ts';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(90_000);

const DEADLINE_MS = 60_000;
const MEBIBYTE = 1024 ** 2;
const SLOW_BODIES = 1000;
const IDLE_CONNECTIONS = 10_000;
/** Descriptors of this process beside those for idle connections. */
const DESCRIPTORS_SPARE = 1000;

type Client = 'quiet' | 'greedy';
const TOKENS: Readonly<Record<Client, string>> = { quiet: 'q'.repeat(32), greedy: 'g'.repeat(32) };

/** An ingress in a process of its own that knows two clients by their tokens. */
class PressureRig extends ProcessRig {
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<PressureRig> {
    const lines = Object.entries(TOKENS).map(([name, token]) => {
      const digest = createHash('sha256').update(token).digest('hex');
      return `name=${name} databases=* rights=write sha256=${digest}`;
    });
    const settings = { TOKENS: lines.join('\n'), ...environment };
    return new PressureRig(await ProcessRig.prepare(settings, { bytesMax: 256 * MEBIBYTE }));
  }

  write(client: Client, body: string): Promise<Response> {
    return fetch(`${this.ingress.url}/write?db=test`, {
      method: 'POST',
      body,
      headers: { authorization: `Token ${TOKENS[client]}` },
    });
  }

  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.ingress.url}/metrics`, {
      headers: { authorization: `Token ${TOKENS.quiet}` },
    });
    const line = (await response.text()).split('\n').find((text) => text.startsWith(`${name}{`));
    return Number(line?.split(' ').at(-1));
  }

  /** A connection on which only this was sent. */
  async connect(sent: string): Promise<RawConnection> {
    const { hostname, port } = new URL(this.ingress.url);
    const connection: RawConnection = { received: '', isClosed: false, socket: undefined };
    connection.socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data(_, data) {
          connection.received += data.toString();
        },
        close() {
          connection.isClosed = true;
        },
      },
    });
    connection.socket.write(sent);
    return connection;
  }
}

interface RawConnection {
  received: string;
  isClosed: boolean;
  socket: Bun.Socket | undefined;
}

/** A request whose body does not come to an end. */
function unfinished(client: Client, declaredBytes: number): string {
  return [
    'POST /write?db=test HTTP/1.1',
    'host: ingress',
    `authorization: Token ${TOKENS[client]}`,
    `content-length: ${declaredBytes}`,
    '',
    'm f=1',
  ].join('\r\n');
}

test('pressure - a client that floods is told to come again, another is served all the same', async () => {
  await using rig = await PressureRig.start({
    BODY_BYTES_MAX: '4MiB',
    BODIES_BYTES_MAX: '16MiB',
  });
  // Comments: all of it is parsed and none of it fills the stream.
  const large = `# ${'x'.repeat(1000)}\n`.repeat(4000);
  const statuses = new Set<number>();
  let isOver = false;
  const flood = Array.from({ length: 16 }, async () => {
    while (!isOver) {
      const response = await rig.write('greedy', large);
      statuses.add(response.status);
      await response.body?.cancel();
    }
  });
  try {
    await waitUntil(() => statuses.has(503), { what: 'the flood', deadlineMs: DEADLINE_MS });
    for (let i = 0; i < 50; i++) expect((await rig.write('quiet', `m f=1 ${i}`)).status).toBe(204);
  } finally {
    isOver = true;
    await Promise.all(flood);
  }
  expect([...statuses].sort()).toEqual([204, 503]);
  expect(await rig.metric('overseer_ingress_bodies_bytes')).toBe(0);
});

test('pressure - a thousand slow bodies take no more than has come of them, and are given up', async () => {
  await using rig = await PressureRig.start({
    BODY_BYTES_MAX: '4MiB',
    BODIES_BYTES_MAX: '64MiB',
    BODY_BYTES_PER_SECOND_MIN: '1MiB',
  });
  const slow = await Promise.all(
    Array.from({ length: SLOW_BODIES }, () => rig.connect(unfinished('greedy', 4 * MEBIBYTE))),
  );
  const areReceived = async () =>
    (await rig.metric('overseer_ingress_bodies_bytes')) > 16_384 * SLOW_BODIES * 0.9;
  await waitUntil(areReceived, { what: 'the slow bodies to begin', deadlineMs: DEADLINE_MS });
  expect((await rig.write('quiet', 'm f=1 1')).status).toBe(204);
  expect((await rig.write('greedy', 'm f=1 2')).status).toBe(204);
  await waitUntil(() => slow.every(({ isClosed }) => isClosed), {
    what: 'the slow bodies to be given up',
    deadlineMs: DEADLINE_MS,
  });
  for (const { received } of slow) {
    expect(received).toStartWith('HTTP/1.1 503 ');
    expect(received).toContain('BODY_BYTES_PER_SECOND_MIN is 1048576');
  }
  expect(await rig.metric('overseer_ingress_bodies_bytes')).toBe(0);
});

test('pressure - ten thousand idle connections cost little, and writes go on', async () => {
  await using rig = await PressureRig.start();
  const before = await rig.metric('process_resident_memory_bytes');
  const count = Math.min(IDLE_CONNECTIONS, (await descriptorsMax()) - DESCRIPTORS_SPARE);
  const idle: RawConnection[] = [];
  try {
    while (idle.length < count) {
      const batch = Array.from({ length: Math.min(500, count - idle.length) }, () =>
        rig.connect('GET /ping HTTP/1.1\r\nhost: ingress\r\n\r\n'),
      );
      idle.push(...(await Promise.all(batch)));
    }
    const answered = () => idle.every(({ received }) => received.startsWith('HTTP/1.1 204 '));
    await waitUntil(answered, { what: 'an answer on each', deadlineMs: DEADLINE_MS });
    expect((await rig.write('quiet', 'm f=1 1')).status).toBe(204);
    const grown = (await rig.metric('process_resident_memory_bytes')) - before;
    expect(grown).toBeLessThan(100 * MEBIBYTE);
  } finally {
    for (const { socket } of idle) socket?.end();
  }
});

test('pressure - with NATS stopped in the middle, all writes are answered and their memory is given back', async () => {
  await using rig = await Rig.start({ BODY_BYTES_MAX: '1MiB', BODIES_BYTES_MAX: '8MiB' });
  const line = `m,host=a text="${'x'.repeat(1000)}" `;
  const body = Array.from({ length: 500 }, (_, i) => `${line}${i}`).join('\n');
  expect((await rig.ingress.write(body)).status).toBe(204);
  await rig.nats.kill('SIGSTOP');
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => (await rig.ingress.write(body)).status),
  );
  expect(new Set(answers)).toEqual(new Set([503]));
  expect(rig.ingress.ingress.bodies.bytes).toBe(0);
  await rig.nats.kill('SIGCONT');
  const isBack = async () => (await rig.ingress.write('m f=1i 1')).status === 204;
  await waitUntil(isBack, { what: 'writes to go on', deadlineMs: DEADLINE_MS });
});

/** How many files and sockets this process, and those it starts, may have open. */
async function descriptorsMax(): Promise<number> {
  const limits = await Bun.file('/proc/self/limits').text();
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft ? Number(soft) : Number.POSITIVE_INFINITY;
}
