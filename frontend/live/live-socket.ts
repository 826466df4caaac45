import { AnswerError } from '@overseer/shared';
import type { Visitor } from '../access/visitor.ts';
import type { FrontendMetrics } from '../metrics.ts';
import type { LiveFailure } from './live-expression.ts';
import {
  decodePageMessage,
  encodeMessage,
  type PageMessage,
  type ServerMessage,
} from './protocol.ts';
import type { MessageSink } from './subscription.ts';
import type { UnsentBytes } from './unsent-bytes.ts';

/** What may wait for a slow connection; beyond it the page gets no changes, and everything once it has caught up. */
const BUFFERED_BYTES_MAX = 1024 ** 2;
/** Of the WebSocket protocol: the message violates what was agreed on. */
const POLICY_VIOLATION = 1008;
/** A reason for closing has at most 123 bytes. */
const REASON_CHARACTERS_MAX = 100;

type Socket = Bun.ServerWebSocket<LiveSocket>;

/** What a connection does for the hub. */
export interface SocketOwner {
  opened(socket: LiveSocket): void;
  closed(socket: LiveSocket): void;
  /** @throws AnswerError when it can't be done; the page is told */
  heard(socket: LiveSocket, message: PageMessage): void;
  /** The connection takes messages again. */
  drained(socket: LiveSocket): void;
}

/** The connection of one page. */
export class LiveSocket implements MessageSink {
  #socket: Socket | undefined;
  /** Counted in the unsent bytes of all. */
  #unsentBytes = 0;
  #isHeldBack = false;

  constructor(
    /** Who opened it. */
    readonly visitor: Visitor,
    private readonly owner: SocketOwner,
    private readonly metrics: FrontendMetrics,
    private readonly unsent: UnsentBytes,
  ) {}

  /** What Bun calls for every connection; its data is the LiveSocket. */
  static readonly handlers: Partial<Bun.WebSocketHandler<LiveSocket>> = {
    open: (socket) => socket.data.#open(socket),
    message: (socket, message) => socket.data.#hear(message),
    drain: (socket) => socket.data.#drained(),
    close: (socket) => socket.data.#close(),
  };

  takesMore(): boolean {
    if (this.#measure() <= BUFFERED_BYTES_MAX && this.unsent.hasRoom) return true;
    this.metrics.heldBack.inc();
    this.#isHeldBack = true;
    return false;
  }

  /** Says hello, unless that would only wait; and what was held back, when there is room again. */
  greet(hello: Uint8Array<ArrayBuffer>): void {
    if (this.#measure() > BUFFERED_BYTES_MAX) return;
    this.sendEncoded('hello', hello);
    if (this.#isHeldBack && this.unsent.hasRoom) this.#drained();
  }

  send(message: ServerMessage): void {
    this.sendEncoded(message.kind, encodeMessage(message));
  }

  /** A message that goes to many is encoded once. */
  sendEncoded(kind: ServerMessage['kind'], bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket?.sendBinary(bytes);
    this.#measure();
    this.metrics.messages.inc({ kind });
    this.metrics.messageBytes.inc(bytes.length);
  }

  sendFailure(id: number, { kind: error, message, position, retrying }: LiveFailure): void {
    const failure = { kind: 'failure', id, error, message, retrying } as const;
    this.send(position ? { ...failure, position } : failure);
  }

  /** @param code of the WebSocket protocol */
  close(code: number, reason: string): void {
    this.#socket?.close(code, reason.slice(0, REASON_CHARACTERS_MAX));
  }

  #open(socket: Socket): void {
    this.#socket = socket;
    this.owner.opened(this);
  }

  #close(): void {
    this.#socket = undefined;
    this.#measure();
    this.owner.closed(this);
  }

  #drained(): void {
    this.#isHeldBack = false;
    this.owner.drained(this);
  }

  /** What waits for this connection. */
  #measure(): number {
    const bytes = this.#socket?.getBufferedAmount() ?? 0;
    this.unsent.change(bytes - this.#unsentBytes);
    this.#unsentBytes = bytes;
    return bytes;
  }

  #hear(bytes: string | Buffer): void {
    let message: PageMessage;
    try {
      if (typeof bytes === 'string') throw new Error('a message is a binary frame');
      message = decodePageMessage(bytes);
    } catch (error) {
      this.close(POLICY_VIOLATION, error instanceof Error ? error.message : String(error));
      return;
    }
    try {
      this.owner.heard(this, message);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      const { kind, message: words, position } = error;
      this.sendFailure(message.id, { kind, message: words, position, retrying: false });
    }
  }
}
