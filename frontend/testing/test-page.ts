import { waitUntil } from '@overseer/local/testing';
import { float64s, isPresent } from '@overseer/shared';
import {
  type Delta,
  decodeServerMessage,
  encodeMessage,
  type Failure,
  LIVE_PATH,
  type LiveSeries,
  type PageMessage,
  type Reset,
  type ServerMessage,
  type Subscribe,
} from '../live/protocol.ts';

const DEADLINE_MS = 20_000;

/** What a page knows of one subscription, by the rules of the protocol. */
export class TestChart {
  readonly resets: Reset[] = [];
  readonly deltas: Delta[] = [];
  readonly failures: Failure[] = [];
  readonly #labels = new Map<number, string>();
  readonly #values = new Map<number, Map<number, number>>();

  /** Values by step, of the series whose labels as JSON contain the text. */
  values(labels = ''): ReadonlyMap<number, number> {
    for (const [key, text] of this.#labels) {
      if (text.includes(labels)) return this.#values.get(key) ?? new Map();
    }
    return new Map();
  }

  get seriesCount(): number {
    return this.#labels.size;
  }

  take(message: Reset | Delta | Failure): void {
    if (message.kind === 'failure') {
      this.failures.push(message);
      return;
    }
    if (message.kind === 'reset') {
      this.resets.push(message);
      this.#labels.clear();
      this.#values.clear();
    } else {
      if (this.resets.length === 0) throw new Error('a delta came before the first reset');
      this.deltas.push(message);
    }
    for (const series of message.series) this.#write(series, message);
  }

  #write({ key, labels, values, present }: LiveSeries, message: Reset | Delta): void {
    if (labels) this.#labels.set(key, JSON.stringify(labels));
    if (!this.#labels.has(key)) throw new Error(`series ${key} was never introduced`);
    const own = this.#values.get(key) ?? new Map<number, number>();
    this.#values.set(key, own);
    for (const [i, value] of float64s(values).entries()) {
      if (isPresent(present, i)) own.set(message.firstStep + i, value);
      else own.delete(message.firstStep + i);
    }
  }
}

/** The other end of a live connection. */
export class TestPage {
  readonly messages: ServerMessage[] = [];
  readonly #charts = new Map<number, TestChart>();
  readonly #socket: WebSocket;
  #failure: unknown;
  closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#hear(decodeServerMessage(data as ArrayBuffer));
    socket.onclose = ({ code }) => {
      this.closeCode = code;
    };
  }

  /** @param headers that a browser would send, such as its origin */
  static async open(url: string, headers: Record<string, string> = {}): Promise<TestPage> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${LIVE_PATH}`, { headers });
    const page = new TestPage(socket);
    await page.until('a hello', () => page.messages.some(({ kind }) => kind === 'hello'));
    return page;
  }

  subscribe(
    id: number,
    expr: string,
    options: Partial<Omit<Subscribe, 'kind' | 'id' | 'expr'>> = {},
  ): TestChart {
    this.send({
      kind: 'subscribe',
      id,
      expr,
      db: 'test',
      stepMs: 1000,
      rangeMs: 60_000,
      ...options,
    });
    const chart = new TestChart();
    this.#charts.set(id, chart);
    return chart;
  }

  send(message: PageMessage): void {
    this.#socket.send(encodeMessage(message));
  }

  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  async until<T>(what: string, condition: () => T): Promise<void> {
    await waitUntil(condition, {
      what,
      deadlineMs: DEADLINE_MS,
      giveUp: () => {
        if (this.#failure) throw this.#failure;
      },
    });
  }

  close(): void {
    this.#socket.close();
  }

  #hear(message: ServerMessage): void {
    this.messages.push(message);
    const { kind } = message;
    if (kind === 'hello' || kind === 'catalogue' || kind === 'dashboard') return;
    try {
      this.#charts.get(message.id)?.take(message);
    } catch (error) {
      this.#failure = error;
    }
  }
}
