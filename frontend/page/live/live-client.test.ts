import { afterEach, describe, expect, spyOn, test } from 'bun:test';
import { float64Bin } from '@overseer/shared/queries';
import { type Signal, signal } from '@preact/signals';
import {
  decodePageMessage,
  encodeMessage,
  LIVE_PATH,
  type PageMessage,
  PROTOCOL_VERSION,
  SESSION_ENDED,
  type ServerMessage,
} from '../../live/protocol.ts';
import { backoffMs } from './backoff.ts';
import { type ConnectionState, LiveClient } from './live-client.ts';
import { until } from './testing/until.ts';

const QUESTION = { db: 'demo', expr: 'room_temperature', stepMs: 1000, rangeMs: 60_000 };
const HELLO: ServerMessage = { kind: 'hello', version: PROTOCOL_VERSION, nowMs: 0 };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that says hello, and notes what it is told. */
function startServer(hello: ServerMessage = HELLO, port = 0) {
  const sockets: Signal<readonly Bun.ServerWebSocket<undefined>[]> = signal([]);
  const heard: Signal<readonly PageMessage[]> = signal([]);
  const server = Bun.serve({
    port,
    hostname: '127.0.0.1',
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null)),
    websocket: {
      open(socket) {
        sockets.value = [...sockets.value, socket];
        socket.send(encodeMessage(hello));
      },
      message(_socket, data) {
        heard.value = [...heard.value, decodePageMessage(Buffer.from(data))];
      },
      close(socket) {
        sockets.value = sockets.value.filter((other) => other !== socket);
      },
    },
  });
  const stop = () => void server.stop(true);
  cleanups.push(stop);
  const tell = (message: ServerMessage) => {
    for (const socket of sockets.value) socket.send(encodeMessage(message));
  };
  const url = `ws://127.0.0.1:${server.port}${LIVE_PATH}`;
  return { port: server.port ?? 0, url, heard, sockets, tell, stop };
}

function connect(url: string, onCatalogue: (db: string) => void = () => {}): LiveClient {
  const client = new LiveClient(url, { onCatalogue });
  cleanups.push(() => client.close());
  return client;
}

const values = (...all: number[]) => float64Bin(Float64Array.from(all));

describe('the live client', () => {
  test('a subscription - is sent after the hello, and gets its points', async () => {
    const server = startServer();
    const query = connect(server.url).subscribe(QUESTION);
    await until(() => server.heard.value.length === 1);
    expect(server.heard.value).toEqual([{ kind: 'subscribe', id: 1, ...QUESTION }]);
    const series = [{ key: 1, labels: { name: 'attic' }, values: values(1, 2) }];
    server.tell({ kind: 'reset', id: 1, firstStep: 5, count: 2, series, warnings: ['mind'] });
    server.tell({
      kind: 'delta',
      id: 1,
      firstStep: 7,
      count: 1,
      series: [{ key: 1, values: values(3) }],
    });
    await until(() => query.revision.value === 2);
    expect(query.rows.value.map((row) => [...query.columns.values(row)])).toEqual([[1, 2, 3]]);
    expect(query.warnings.value).toEqual(['mind']);
  });

  test('a failure - leaves the points, and is over with the next ones', async () => {
    const server = startServer();
    const query = connect(server.url).subscribe(QUESTION);
    await until(() => server.heard.value.length === 1);
    const series = [{ key: 1, labels: {}, values: values(1) }];
    server.tell({ kind: 'reset', id: 1, firstStep: 5, count: 1, series, warnings: [] });
    server.tell({ kind: 'failure', id: 1, error: 'unavailable', message: 'no', retrying: true });
    await until(() => query.failure.value?.message === 'no');
    expect(query.rows.value.length).toBe(1);
    server.tell({ kind: 'delta', id: 1, firstStep: 5, count: 1, series: [] });
    await until(() => query.failure.value === undefined);
  });

  test('a server that comes back - is subscribed to again', async () => {
    const server = startServer();
    const client = connect(server.url);
    client.subscribe(QUESTION);
    const given = client.subscribe({ ...QUESTION, expr: 'other' });
    await until(() => server.heard.value.length === 2);
    client.unsubscribe(given);
    await until(() => server.heard.value.length === 3);
    server.stop();
    await until(() => client.state.value === 'reconnecting');
    const back = startServer(HELLO, server.port);
    await until(() => back.heard.value.length === 1);
    expect(back.heard.value).toEqual([{ kind: 'subscribe', id: 1, ...QUESTION }]);
    expect(client.state.value).toBe('live');
  });

  test('a session that has ended - is told at once, and other closes are not', async () => {
    const server = startServer();
    let endCount = 0;
    const options = { onCatalogue: () => {}, onSessionEnd: () => endCount++ };
    const client = new LiveClient(server.url, options);
    cleanups.push(() => client.close());
    await until(() => client.state.value === 'live');
    server.sockets.value[0]?.close(1001, 'the server stops');
    await until(() => client.state.value === 'reconnecting');
    expect(endCount).toBe(0);
    await until(() => client.state.value === 'live');
    server.sockets.value[0]?.close(SESSION_ENDED, 'the session has ended');
    await until(() => client.state.value === 'reconnecting');
    expect(endCount).toBe(1);
  });

  test('a server that falls silent - is left for a new connection', async () => {
    const server = startServer();
    const client = connect(server.url);
    await until(() => client.state.value === 'live');
    const [first] = server.sockets.value;
    await until(() => server.sockets.value.length === 1 && server.sockets.value[0] !== first);
    await until(() => client.state.value === 'live');
  });

  test('a page that was held up - hears what came meanwhile before it leaves the server', async () => {
    const server = startServer();
    const client = connect(server.url);
    await until(() => client.state.value === 'live');
    const states: ConnectionState[] = [];
    cleanups.push(client.state.subscribe((state) => void states.push(state)));
    const checks = signal(0);
    const now = performance.now.bind(performance);
    const clock = spyOn(performance, 'now').mockImplementation(() => {
      checks.value++;
      return now() + 60_000;
    });
    cleanups.push(() => clock.mockRestore());
    await until(() => checks.value >= 3);
    expect(states).toEqual(['live']);
  });

  test('a server that goes away after each hello - is tried less and less often', async () => {
    const server = startServer();
    const timers = spyOn(globalThis, 'setTimeout');
    cleanups.push(() => timers.mockRestore());
    const client = connect(server.url);
    const losses = signal(0);
    cleanups.push(
      client.state.subscribe((state) => {
        if (state === 'live') for (const socket of server.sockets.peek()) socket.close();
        if (state === 'reconnecting') losses.value++;
      }),
    );
    await until(() => losses.value >= 4);
    const delays = timers.mock.calls.map(([, delay]) => delay ?? 0);
    // The fourth attempt: two seconds, by chance down to half of that.
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(1000);
  });

  test('points that do not follow - lead to a new subscription', async () => {
    const server = startServer();
    const query = connect(server.url).subscribe(QUESTION);
    await until(() => server.heard.value.length === 1);
    const complaint = spyOn(console, 'error').mockImplementation(() => {});
    cleanups.push(() => complaint.mockRestore());
    server.tell({ kind: 'delta', id: 1, firstStep: 5, count: 1, series: [] });
    await until(() => server.heard.value.length === 2);
    expect(complaint).toHaveBeenCalledTimes(1);
    expect(server.heard.value[1]).toEqual({ kind: 'subscribe', id: 1, ...QUESTION });
    expect(query.hasArrived.value).toBe(false);
  });

  test('a server of another version - is not talked to', async () => {
    const server = startServer({ ...HELLO, version: PROTOCOL_VERSION + 1 });
    const client = connect(server.url);
    client.subscribe(QUESTION);
    await until(() => client.state.value === 'outdated');
    await until(() => server.sockets.value.length === 0);
    expect(server.heard.value).toEqual([]);
  });

  test('the server’s clock and its catalogue - are told', async () => {
    const server = startServer({ ...HELLO, nowMs: Date.now() + 60_000 });
    const changed = signal('');
    const client = connect(server.url, (db) => {
      changed.value = db;
    });
    await until(() => client.state.value === 'live');
    expect(Math.round(client.clockOffsetMs.value / 10_000)).toBe(6);
    server.tell({ kind: 'catalogue', db: 'demo' });
    await until(() => changed.value === 'demo');
  });
});

describe('the time before another attempt', () => {
  test('attempts - wait longer, up to a limit, by chance', () => {
    expect([0, 1, 2, 10].map((attempt) => backoffMs(attempt, 1))).toEqual([250, 500, 1000, 8000]);
    expect(backoffMs(1, 0)).toBe(250);
  });
});
