import { connect, createServer, type Server, type Socket } from 'node:net';

/** Bytes of one direction that wait here before its sender is made to wait. */
const QUEUED_BYTES_MAX = 256 * 1024;
/** A throttled direction passes its bytes in pieces of this many milliseconds. */
const THROTTLE_STEP_MS = 20;

/** How slow a link is. */
export interface Slowness {
  /** Added to each direction. */
  delayMs: number;
  /** Of each direction of each connection. */
  bytesPerSecond: number;
}

/** What every byte has to pass. */
interface Condition {
  slowness: Slowness | undefined;
  /** Pending while nothing passes. */
  silence: PromiseWithResolvers<void> | undefined;
}

/**
 * The network between a service and a server: a TCP proxy on the loopback that can be cut, silenced,
 * and slowed down. Whoever connects, connects to `port`; ends of connections are passed on, except
 * while the link is silent.
 */
export class Link implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #condition: Condition = { slowness: undefined, silence: undefined };

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @param serverPort on 127.0.0.1, where connections go. */
  static async start(serverPort: number): Promise<Link> {
    const server = createServer();
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
    await listening;
    const address = server.address();
    if (address === null || typeof address === 'string')
      throw new Error(`a link listens on ${address}, which has no port`);
    const link = new Link(server, address.port);
    server.on('connection', (socket) => link.#accept(socket, serverPort));
    return link;
  }

  /** Breaks every connection, at both ends; new ones pass. What was under way is lost. */
  cut(): void {
    for (const connection of this.#connections) connection.break();
  }

  /**
   * Lets nothing pass, not even the end of a connection, until `heal`: each end believes that the
   * other is still there.
   */
  silence(): void {
    this.#condition.silence ??= Promise.withResolvers();
  }

  /**
   * Lets nothing pass of the connections that are open now, ever again: what a firewall does that
   * has lost its state. New connections pass.
   */
  strand(): void {
    for (const connection of this.#connections) connection.strand();
  }

  slow(slowness: Slowness): void {
    this.#condition.slowness = slowness;
  }

  /** Undoes `silence` and `slow`. Connections that one end has closed meanwhile break at the other. */
  heal(): void {
    this.#condition.slowness = undefined;
    this.#condition.silence?.resolve();
    this.#condition.silence = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.cut();
    await closed;
  }

  #accept(client: Socket, serverPort: number): void {
    const server = connect(serverPort, '127.0.0.1');
    const connection = new Connection(client, server, this.#condition);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }
}

/** Both ends of one connection, and a flow in each direction. */
class Connection {
  readonly ended: Promise<void>;
  readonly #ends: readonly [client: Socket, server: Socket];
  readonly #stranding: Condition = { slowness: undefined, silence: Promise.withResolvers() };
  #condition: Condition;

  constructor(client: Socket, server: Socket, condition: Condition) {
    this.#ends = [client, server];
    this.#condition = condition;
    this.ended = Promise.all(this.#ends.map(closed)).then(() => undefined);
    void this.#join(client, server);
    void this.#join(server, client);
  }

  /** Closes both ends at once; what was under way is lost. */
  break(): void {
    this.#stranding.silence?.resolve();
    this.#stranding.silence = undefined;
    for (const end of this.#ends) end.destroy();
  }

  strand(): void {
    this.#condition = this.#stranding;
  }

  /** Passes on what one end sends, and then its close. */
  async #join(source: Socket, sink: Socket): Promise<void> {
    source.setNoDelay(true);
    const flow = new Flow(source, sink, () => this.#condition);
    await closed(source);
    const { silence } = this.#condition;
    if (silence) {
      // Whoever was closed in the silence has taken what was under way with it.
      flow.drop();
      await silence.promise;
      sink.destroy();
    } else {
      await flow.idle();
      sink.end();
    }
  }
}

async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // An error is followed by the close, which is passed on.
  socket.on('error', () => undefined).once('close', () => resolve());
  await promise;
}

/** One direction of a connection. */
class Flow {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #condition: () => Condition;
  readonly #queue: { bytes: Buffer; arrivedAt: number }[] = [];
  #queuedBytes = 0;
  #isDropped = false;
  #pumping: Promise<void> | undefined;

  constructor(source: Socket, sink: Socket, condition: () => Condition) {
    this.#source = source;
    this.#sink = sink;
    this.#condition = condition;
    source.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  #take(bytes: Buffer): void {
    this.#queue.push({ bytes, arrivedAt: performance.now() });
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= QUEUED_BYTES_MAX) this.#source.pause();
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  /** Passes nothing any more. */
  drop(): void {
    this.#isDropped = true;
    this.#queue.length = 0;
  }

  /** Resolves when everything that came was passed. */
  async idle(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  async #pump(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await this.#pass(next.bytes, next.arrivedAt);
      this.#queuedBytes -= next.bytes.length;
      if (this.#queuedBytes < QUEUED_BYTES_MAX) this.#source.resume();
    }
  }

  async #pass(bytes: Buffer, arrivedAt: number): Promise<void> {
    for (let passed = 0; passed < bytes.length && !this.#isDropped; ) {
      const { silence, slowness } = this.#condition();
      if (silence) {
        await silence.promise;
        continue;
      }
      if (!slowness) return this.#write(bytes.subarray(passed));
      const dueInMs = arrivedAt + slowness.delayMs - performance.now();
      if (dueInMs > 0) {
        await Bun.sleep(dueInMs);
        continue;
      }
      const step = Math.max(1, Math.floor((slowness.bytesPerSecond * THROTTLE_STEP_MS) / 1000));
      await this.#write(bytes.subarray(passed, passed + step));
      passed += step;
      await Bun.sleep(THROTTLE_STEP_MS);
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#sink.destroyed || this.#sink.write(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sink.once('drain', resolve).once('close', resolve);
    await promise;
    this.#sink.off('drain', resolve).off('close', resolve);
  }
}
