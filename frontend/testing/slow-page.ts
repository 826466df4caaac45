import { connect, type Socket } from 'node:net';
import { waitUntil } from '@overseer/local/testing';
import { decodeServerMessage, encodeMessage, LIVE_PATH } from '../live/protocol.ts';
import { TestChart } from './test-page.ts';

const DEADLINE_MS = 30_000;
const HEAD_END = '\r\n\r\n';
const BINARY = 2;

/** A live connection whose reading can be halted, which a WebSocket of the runtime can't. */
export class SlowPage {
  readonly #socket: Socket;
  readonly #charts = new Map<number, TestChart>();
  #received = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #isOpen = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  static async open(url: string): Promise<SlowPage> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    const page = new SlowPage(socket);
    const lines = [
      `GET ${LIVE_PATH} HTTP/1.1`,
      `host: ${host}`,
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    socket.write(lines.join('\r\n') + HEAD_END);
    await page.until('the connection to open', () => page.#isOpen);
    return page;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  subscribe(id: number, expr: string, options: { rangeMs: number }): void {
    this.#charts.set(id, new TestChart());
    const message = { kind: 'subscribe', id, expr, db: 'test', stepMs: 1000, ...options } as const;
    this.#socket.write(maskedFrame(encodeMessage(message)));
  }

  chart(id: number): TestChart {
    return this.#charts.get(id) ?? new TestChart();
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    await waitUntil(
      () => {
        this.#readFrames();
        return condition();
      },
      { what, deadlineMs: DEADLINE_MS },
    );
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  #readFrames(): void {
    this.#received = Buffer.concat([this.#received, ...this.#chunks.splice(0)]);
    if (!this.#isOpen) {
      const end = this.#received.indexOf(HEAD_END);
      if (end < 0) return;
      this.#isOpen = true;
      this.#received = this.#received.subarray(end + HEAD_END.length);
    }
    for (let frame = readFrame(this.#received); frame; frame = readFrame(this.#received)) {
      this.#received = this.#received.subarray(frame.end);
      if (frame.opcode !== BINARY) continue;
      const message = decodeServerMessage(new Uint8Array(frame.payload).buffer);
      const { kind } = message;
      if (kind === 'hello' || kind === 'catalogue' || kind === 'dashboard') continue;
      this.chart(message.id).take(message);
    }
  }
}

/** A frame of the server, which is not masked; undefined when it is not here to its end. */
function readFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  const opcode = (bytes[0] as number) & 0x0f;
  const short = (bytes[1] as number) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length =
    short === 127
      ? Number(bytes.readBigUInt64BE(2))
      : short === 126
        ? bytes.readUInt16BE(2)
        : short;
  const end = start + length;
  return bytes.length < end ? undefined : { opcode, payload: bytes.subarray(start, end), end };
}

/** A frame of a client is masked; by zeros it stays as it is. */
function maskedFrame(payload: Uint8Array): Buffer {
  const head = Buffer.from([0x80 | BINARY, 0x80 | 126, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
