import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { Connection } from './connection.ts';
import type { Body } from './lines.ts';

const DONE = 'HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1\r\n\r\n';
const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}';

let server: Bun.TCPSocketListener<undefined>;
let received: string;
/** Answers to the requests in their order; what is told after them is DONE. */
let answers: ((socket: Bun.Socket<undefined>) => void)[];

beforeEach(() => {
  received = '';
  answers = [];
  server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, data) {
        received += data.toString('latin1');
        const answer = answers.shift() ?? ((to) => void to.write(DONE));
        answer(socket);
      },
    },
  });
});
afterEach(() => server.stop(true));

const url = () => `http://127.0.0.1:${server.port}/write?db=a`;

function bodiesOf(...texts: string[]): Body[] {
  return texts.map((text) => ({ bytes: new TextEncoder().encode(text), lines: 1 }));
}

function outcome(bodies: Body[]): Promise<unknown> {
  return new Connection(url(), bodies).send().catch(String);
}

describe('connection', () => {
  test('bodies - are requests one after another, each timed', async () => {
    const { retries, latenciesMs } = await new Connection(
      url(),
      bodiesOf('a x=1\n', 'é x=2\n'),
    ).send();
    expect(retries).toBe(0);
    expect(latenciesMs).toHaveLength(2);
    const head = (length: number) =>
      `POST /write?db=a HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: ${length}\r\n\r\n`;
    const second = Buffer.from('é x=2\n').toString('latin1');
    expect(received).toBe(`${head(6)}a x=1\n${head(7)}${second}`);
  });

  test('answer in pieces - is put together', async () => {
    answers.push(async (socket) => {
      for (const byte of DONE) {
        socket.write(byte);
        socket.flush();
        await new Promise(setImmediate);
      }
    });
    expect(await outcome(bodiesOf('a x=1\n'))).toMatchObject({ retries: 0 });
  });

  test('503 - is sent again when the server says', async () => {
    answers.push((socket) => void socket.write(BUSY));
    expect(await outcome(bodiesOf('a x=1\n', 'a x=2\n'))).toMatchObject({ retries: 1 });
    expect(received.match(/a x=1/g)).toHaveLength(2);
  });

  test('other answer - is an error that quotes it', async () => {
    answers.push(
      (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad'),
    );
    expect(await outcome(bodiesOf('a x=1\n'))).toContain('answered 400: bad');
  });

  test('connection that the server closes - is an error', async () => {
    answers.push((socket) => void socket.terminate());
    expect(await outcome(bodiesOf('a x=1\n'))).toContain('closed the connection');
  });

  test('no bodies - need no connection', async () => {
    expect(await outcome([])).toEqual({ retries: 0, latenciesMs: [] });
    expect(received).toBe('');
  });
});
