import { Bucket, BucketWatch, type BucketWatchCallbacks } from './bucket.ts';
import {
  apiCode,
  BusSetupError,
  BusUnavailableError,
  guard,
  isMessageMissing,
  JS_NO_MESSAGE_FOUND,
  JS_STREAM_NAME_IN_USE,
  JS_STREAM_NOT_FOUND,
} from './bus-errors.ts';
import { type CoreMessage, coreMessage } from './core-message.ts';
import type { Logger } from './log.ts';
import { headersToSend, type MessageHeaders } from './message-headers.ts';
import { CREATED_METADATA } from './names.ts';
import {
  connect,
  createInbox,
  DiscardPolicy,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
} from './nats.ts';
import { natsAddress } from './nats-address.ts';
import { pendingMessages } from './pending-messages.ts';
import { type StoredMessage, storedMessage } from './stored-message.ts';
import { setMetadata } from './stream-metadata.ts';
import { type ReadSource, readStream, type StreamMessage } from './stream-reader.ts';
import { createdNow, type StreamSpec, type StreamState, streamState } from './stream-state.ts';

const REQUEST_TIMEOUT_MS = 5000;
const PING_INTERVAL_MS = 2000;
const PINGS_OUT_MAX = 3;
const RECONNECT_WAIT_MS = 250;

export interface BucketSpec {
  readonly replicas: number;
  readonly bytesMax: number;
  /** How many values of each key are kept, 64 at the most; absent: the last one. */
  readonly history?: number;
}

export interface BusOptions {
  /** One or more URLs, separated by commas: see `natsAddress`. */
  readonly url: string;
  /** Name of the connection, shown by the server's monitoring. */
  readonly name: string;
  readonly log: Logger;
  /** For a person who waits: the first connection fails after so long, or at once when it is refused. Absent: it is waited for. */
  readonly connectTimeoutMs?: number;
}

/**
 * Connects, and keeps trying until the server is there; afterwards reconnects for ever.
 * @throws BusSetupError when the server is too old, has no JetStream, or refuses the user or the password.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const connection = await guard('connection to NATS', () =>
    connect({
      ...natsAddress(options.url),
      name: options.name,
      ...(options.connectTimeoutMs === undefined
        ? { waitOnFirstConnect: true }
        : { timeout: options.connectTimeoutMs }),
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: PINGS_OUT_MAX,
    }),
  );
  const bus = new Bus(connection, options.log);
  bus.checkServer();
  return bus;
}

export class Bus {
  readonly #connection: NatsConnection;
  readonly #log: Logger;
  readonly #js: JetStreamClient;
  readonly #watches = new Set<BucketWatch>();
  readonly #reconnected = new Set<() => void>();
  /** Reject of every publish under way. */
  readonly #publishing = new Set<(reason: BusUnavailableError) => void>();
  #manager: Promise<JetStreamManager> | undefined;
  #connected = true;

  constructor(connection: NatsConnection, log: Logger) {
    this.#connection = connection;
    this.#log = log;
    this.#js = connection.jetstream({ timeout: REQUEST_TIMEOUT_MS });
    void this.#followStatus();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Largest payload that the server takes. */
  get payloadBytesMax(): number {
    return this.#connection.info?.max_payload ?? 0;
  }

  /** Calls back after every reconnect; the result ends that. */
  onReconnect(callback: () => void): () => void {
    this.#reconnected.add(callback);
    return () => this.#reconnected.delete(callback);
  }

  checkServer(): void {
    const version = this.#connection.info?.version ?? 'unknown';
    const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
    if (major < 2 || (major === 2 && minor < 10)) {
      throw new BusSetupError(
        `nats-server ${version} is too old: it can't sync every write to disk; install 2.10.23 or later`,
      );
    }
    if (major === 2 && minor === 10 && patch >= 20 && patch <= 22) {
      throw new BusSetupError(
        `nats-server ${version} may lose a stream when it is killed; install 2.10.23 or later`,
      );
    }
    if (this.#connection.info?.jetstream !== true) {
      throw new BusSetupError('the NATS server runs without JetStream; start it with JetStream on');
    }
  }

  /** Makes the stream, or brings limits and metadata of the one that is there in line; the metadata is never changed. */
  async ensureStream(spec: StreamSpec): Promise<StreamState> {
    const manager = await this.#jetStreamManager();
    const config = {
      name: spec.name,
      subjects: [...spec.subjects],
      storage: spec.storage === 'file' ? StorageType.File : StorageType.Memory,
      retention: RetentionPolicy.Limits,
      discard: spec.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
      max_bytes: spec.bytesMax,
      max_age: nanos(spec.ageMaxMs ?? 0),
      num_replicas: spec.replicas,
      allow_direct: true,
    };
    const existing = await this.stream(spec.name);
    return guard(`stream ${spec.name}`, async () => {
      if (existing) {
        const metadata = { ...existing.metadata };
        return streamState(await manager.streams.update(spec.name, { ...config, metadata }));
      }
      try {
        const metadata = { ...spec.metadata, [CREATED_METADATA]: createdNow() };
        return streamState(await manager.streams.add({ ...config, metadata }));
      } catch (error) {
        // Another process made it at the same moment, with its own metadata: that one counts.
        if (apiCode(error) === JS_STREAM_NAME_IN_USE) return this.ensureStream(spec);
        throw error;
      }
    });
  }

  /** State of a stream, or undefined when there is none of that name. */
  async stream(name: string): Promise<StreamState | undefined> {
    const manager = await this.#jetStreamManager();
    return guard(`stream ${name}`, async () => {
      try {
        return streamState(await manager.streams.info(name));
      } catch (error) {
        if (apiCode(error) === JS_STREAM_NOT_FOUND) return undefined;
        throw error;
      }
    });
  }

  /** Sets one entry of a stream's metadata; the others stay. */
  async setStreamMetadata(name: string, key: string, value: string): Promise<void> {
    const manager = await this.#jetStreamManager();
    await guard(`metadata of ${name}`, () => setMetadata(manager, name, key, value));
  }

  async deleteStream(name: string): Promise<void> {
    const manager = await this.#jetStreamManager();
    await guard(`stream ${name}`, () => manager.streams.delete(name));
  }

  /** Removes all messages before `sequence`. */
  async purgeBefore(stream: string, sequence: number): Promise<number> {
    const manager = await this.#jetStreamManager();
    const purge = () => manager.streams.purge(stream, { seq: sequence });
    return (await guard(`purge of ${stream}`, purge)).purged;
  }

  /** Sequence of the first message on `subject` at or after `sequence`, or undefined when there is none. */
  async nextSequence(
    stream: string,
    subject: string,
    sequence: number,
  ): Promise<number | undefined> {
    return (await this.nextMessage(stream, subject, sequence))?.sequence;
  }

  /**
   * The first message on `subject` at or after `sequence`, or undefined when there is none. The stream's leader is asked: a direct
   * get may be answered by a replica that lags, which does not know of messages that were acknowledged.
   */
  async nextMessage(
    stream: string,
    subject: string,
    sequence: number,
  ): Promise<StoredMessage | undefined> {
    const manager = await this.#jetStreamManager();
    // The type of this request lacks next_by_subj in this version of the client.
    const query = { seq: Math.max(sequence, 1), next_by_subj: subject };
    return guard(`look-up in ${stream}`, async () => {
      try {
        return storedMessage(await manager.streams.getMessage(stream, query));
      } catch (error) {
        if (apiCode(error) === JS_NO_MESSAGE_FOUND) return undefined;
        throw error;
      }
    });
  }

  /** How many messages on `subject` come after a sequence. */
  async pendingMessages(stream: string, subject: string, after: number): Promise<number> {
    const manager = await this.#jetStreamManager();
    return guard(`count of ${subject}`, () => pendingMessages(manager, stream, subject, after));
  }

  /** Removes one message; false when it was not there. */
  async deleteMessage(stream: string, sequence: number): Promise<boolean> {
    const manager = await this.#jetStreamManager();
    return guard(`removal from ${stream}`, async () => {
      try {
        return await manager.streams.deleteMessage(stream, sequence, false);
      } catch (error) {
        if (isMessageMissing(error)) return false;
        throw error;
      }
    });
  }

  /**
   * Publishes to a stream and waits for the acknowledgement; gives the sequence. The payload must not be changed afterwards.
   * @throws StreamFullError, BusUnavailableError (at once when the connection is lost: no acknowledgement comes any more)
   */
  async publish(subject: string, payload: Uint8Array, headers?: MessageHeaders): Promise<number> {
    // The client would buffer without limit while it is disconnected.
    if (!this.#connected) throw new BusUnavailableError('NATS is not connected');
    const sent = headersToSend(headers);
    const { promise: disconnected, reject } = Promise.withResolvers<never>();
    this.#publishing.add(reject);
    try {
      const acknowledged = guard(`publish to ${subject}`, () =>
        this.#js.publish(subject, payload, sent ? { headers: sent } : {}),
      );
      return (await Promise.race([acknowledged, disconnected])).seq;
    } finally {
      this.#publishing.delete(reject);
    }
  }

  /**
   * Sends to whoever listens now, at most once. The payload must not be changed afterwards.
   * @throws BusUnavailableError when the connection is lost
   */
  send(subject: string, payload: Uint8Array, replyTo?: string, headers?: MessageHeaders): void {
    // The client would buffer without limit while it is disconnected.
    if (!this.#connected) throw new BusUnavailableError('NATS is not connected');
    const sent = headersToSend(headers);
    const options = { ...(replyTo && { reply: replyTo }), ...(sent && { headers: sent }) };
    this.#connection.publish(subject, payload, options);
  }

  /**
   * Calls back for each message on the subject, over reconnects too (what was sent meanwhile is lost), until the result is called.
   * @param queue of those who listen with one name, each message reaches one
   */
  listen(
    subject: string,
    callback: (message: CoreMessage) => void,
    options: { readonly queue?: string } = {},
  ): () => void {
    const subscription = this.#connection.subscribe(subject, {
      ...options,
      callback: (error, message) => {
        if (error) {
          this.#log.error({ subject, err: error }, 'listening failed');
          return;
        }
        callback(coreMessage(message));
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Waits until the server has everything that was sent, and knows of every `listen`. */
  async flush(): Promise<void> {
    await guard('flush', () => this.#connection.flush());
  }

  /** A subject for answers, of this process alone. */
  inbox(): string {
    return createInbox();
  }

  /**
   * Messages of one subject in order, starting after `position`, until `signal`; none twice, none left out.
   * @throws StreamReplacedError when the stream is no longer the one created at `created`; BusUnavailableError when reading can't
   *   go on. The caller then looks at the stream again.
   */
  read(source: ReadSource, signal: AbortSignal): AsyncGenerator<StreamMessage, void, void> {
    return readStream(this, this.#js, source, signal);
  }

  /** The bucket of that name; made when it is missing and `create` says how. */
  async bucket(name: string, create?: BucketSpec): Promise<Bucket> {
    const kv = await guard(`bucket ${name}`, () =>
      this.#js.views.kv(
        name,
        create
          ? {
              history: create.history ?? 1,
              storage: StorageType.File,
              replicas: create.replicas,
              max_bytes: create.bytesMax,
            }
          : { bindOnly: true },
      ),
    );
    return new Bucket(kv);
  }

  /**
   * Follows every key of a bucket: all that it holds, then `onReady`, then every change. Starts again from the beginning after a
   * reconnect or when the bucket was made anew (`onRestart`), so the callbacks must be idempotent. Waits for a bucket that
   * isn't there yet.
   */
  watchBucket(name: string, callbacks: BucketWatchCallbacks): () => void {
    const watch = new BucketWatch(this, name, callbacks, this.#log);
    this.#watches.add(watch);
    watch.start();
    return () => {
      this.#watches.delete(watch);
      watch.stop();
    };
  }

  /** Sends what is buffered and closes; a server that doesn't answer is not waited for. */
  async close(): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    await guard('closing the connection', () =>
      this.#connected ? this.#connection.drain() : this.#connection.close(),
    );
  }

  async #jetStreamManager(): Promise<JetStreamManager> {
    this.#manager ??= this.#connection.jetstreamManager({ timeout: REQUEST_TIMEOUT_MS });
    try {
      return await this.#manager;
    } catch (cause) {
      this.#manager = undefined;
      throw new BusUnavailableError('JetStream does not answer', { cause });
    }
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === Events.Disconnect) {
        this.#connected = false;
        this.#log.warn('NATS disconnected; trying to reconnect');
        for (const reject of this.#publishing) {
          reject(new BusUnavailableError('NATS was lost before it acknowledged'));
        }
      } else if (status.type === Events.Reconnect) {
        this.#connected = true;
        this.#log.info('NATS reconnected');
        for (const watch of this.#watches) watch.restart();
        for (const callback of this.#reconnected) callback();
      }
    }
    this.#connected = false;
    const reason = await this.#connection.closed();
    // The client gives up on a server that refuses it: nobody can go on, and a new start reads the settings again.
    if (reason) throw new BusSetupError(`NATS refuses this connection: ${reason.message}`);
  }
}
