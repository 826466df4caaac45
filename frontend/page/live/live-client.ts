import { batch, signal } from '@preact/signals';
import {
  type DashboardChanged,
  decodeServerMessage,
  encodeMessage,
  type PageMessage,
  PROTOCOL_VERSION,
  SESSION_ENDED,
  type ServerMessage,
} from '../../live/protocol.ts';
import { signInAgain } from '../access.ts';
import { backoffMs } from './backoff.ts';
import { isOfQuery, LiveQuery, type LiveQuestion } from './live-query.ts';

/** The server says hello every second; one that is silent for so long is gone, whatever the socket believes. */
const SILENCE_MAX_MS = 4000;
const WATCH_INTERVAL_MS = 500;
/** So late, the page itself was held up, by its own work or by sleep: what the server said meanwhile is yet to be heard. */
const WATCH_LATE_MS = 2000;

export type ConnectionState =
  /** For the first time. */
  | 'connecting'
  | 'live'
  | 'reconnecting'
  /** The server speaks another version: the page must be loaded anew. */
  | 'outdated';

export interface LiveClientOptions {
  /** The catalogue of the database has changed. */
  readonly onCatalogue: (db: string) => void;
  /** Somebody has saved or deleted a dashboard. */
  readonly onDashboard?: (changed: DashboardChanged) => void;
  /** The session has ended. Unless told: the page leaves for the sign-in, which leads back. */
  readonly onSessionEnd?: () => void;
}

/** The one WebSocket of the page: connects, and connects again, and keeps what is subscribed up to date. */
export class LiveClient {
  readonly state = signal<ConnectionState>('connecting');
  /** The server's clock minus this machine's. */
  readonly clockOffsetMs = signal(0);

  readonly #queries = new Map<number, LiveQuery>();
  readonly #watch: ReturnType<typeof setInterval>;
  #nextId = 1;
  #socket: WebSocket | undefined;
  #reconnect: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #heardAt = 0;
  #watchedAt = performance.now();

  /** @param url of the WebSocket */
  constructor(
    private readonly url: string,
    private readonly options: LiveClientOptions,
  ) {
    this.#watch = setInterval(() => this.#checkSilence(), WATCH_INTERVAL_MS);
    this.#connect();
  }

  /**
   * Subscribes; ended by `unsubscribe`.
   * @param letter as in `QueryIdentity`
   */
  subscribe(question: LiveQuestion, letter = ''): LiveQuery {
    const query = new LiveQuery(question, letter);
    const id = this.#nextId++;
    this.#queries.set(id, query);
    this.#send({ kind: 'subscribe', id, ...question });
    return query;
  }

  /** What the query has stays, and gets no older or newer. */
  unsubscribe(query: LiveQuery): void {
    for (const [id, candidate] of this.#queries) {
      if (candidate !== query) continue;
      this.#queries.delete(id);
      this.#send({ kind: 'unsubscribe', id });
    }
  }

  /** Connects at once when it is waiting to: such as when the network or the user came back. */
  retryNow(): void {
    if (this.#reconnect !== undefined) this.#connect();
  }

  close(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#reconnect);
    this.#abandonSocket();
  }

  #connect(): void {
    clearTimeout(this.#reconnect);
    this.#reconnect = undefined;
    this.#heardAt = performance.now();
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#hear(decodeServerMessage(data as ArrayBuffer));
    socket.onclose = ({ code }) => {
      if (code === SESSION_ENDED) (this.options.onSessionEnd ?? signInAgain)();
      this.#lose();
    };
    this.#socket = socket;
  }

  #lose(): void {
    this.#abandonSocket();
    if (this.state.value === 'outdated') return;
    if (this.state.value === 'live') this.state.value = 'reconnecting';
    this.#reconnect = setTimeout(() => this.#connect(), backoffMs(this.#attempt++));
  }

  /** Without waiting for its close, which takes as long as the network likes. */
  #abandonSocket(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #checkSilence(): void {
    const now = performance.now();
    if (now - this.#watchedAt > WATCH_LATE_MS) this.#heardAt = now;
    this.#watchedAt = now;
    if (this.#socket && now - this.#heardAt > SILENCE_MAX_MS) this.#lose();
  }

  #hear(message: ServerMessage): void {
    this.#heardAt = performance.now();
    if (message.kind === 'hello') this.#greet(message.version, message.nowMs);
    else if (message.kind === 'catalogue') this.options.onCatalogue(message.db);
    else if (message.kind === 'dashboard') this.options.onDashboard?.(message);
    else if (isOfQuery(message)) {
      const query = this.#queries.get(message.id);
      // Messages for a query that was given up may still be on their way.
      if (!query) return;
      try {
        query.take(message);
      } catch (error) {
        console.error(`${query.question.expr}: subscribed anew.`, error);
        this.#send({ kind: 'subscribe', id: message.id, ...query.question });
      }
    }
  }

  #greet(version: number, nowMs: number): void {
    if (version !== PROTOCOL_VERSION) {
      this.state.value = 'outdated';
      this.#abandonSocket();
      return;
    }
    batch(() => {
      this.clockOffsetMs.value = nowMs - Date.now();
      if (this.state.value === 'live') {
        // A second hello, of a server that stays: one that goes away after each first one is not to be stormed.
        this.#attempt = 0;
        return;
      }
      this.state.value = 'live';
      for (const [id, { question }] of this.#queries) {
        this.#send({ kind: 'subscribe', id, ...question });
      }
    });
  }

  /** What can't be sent now is sent when the server has said hello: everything is subscribed then. */
  #send(message: PageMessage): void {
    if (this.state.value !== 'live') return;
    this.#socket?.send(encodeMessage(message));
  }
}
