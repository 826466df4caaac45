import { guard, StreamReplacedError } from './bus-errors.ts';
import { headersOf, type MessageHeaders } from './message-headers.ts';
import { type ConsumerMessages, DeliverPolicy, type JetStreamClient, NatsError } from './nats.ts';

/** A pull that waits this long asks again; its heartbeats come twice as often. */
const PULL_EXPIRES_MS = 2000;
/** How often a reader makes sure that its stream still is the one that its position is of. */
const STREAM_CHECK_INTERVAL_MS = 1000;
const RETRY_WAIT_MS = 200;
const NS_PER_MS = 1_000_000;

/** What is read: a subject of the stream created at `created`, after the sequence `position`. */
export interface ReadSource {
  readonly stream: string;
  readonly subject: string;
  readonly created: string;
  readonly position: number;
  /** Messages that may wait in memory. */
  readonly messagesMax: number;
}

export interface StreamMessage {
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** First value of each header. */
  readonly headers: MessageHeaders;
  /** When the stream took it, by the server's clock: milliseconds since 1970. */
  readonly storedAtMs: number;
}

/** What the reader needs of the Bus. */
interface ReaderBus {
  readonly connected: boolean;
  onReconnect(callback: () => void): () => void;
  stream(name: string): Promise<{ readonly created: string } | undefined>;
}

/**
 * Reads by an ordered consumer. The client mends such a consumer by itself, but waits up to half a minute after a server's restart,
 * and goes on in another stream of the same name as if it were the old one. So a consumer in doubt is replaced here, and the
 * stream's creation time is looked at whenever a consumer delivers its first message.
 */
export async function* readStream(
  bus: ReaderBus,
  js: JetStreamClient,
  source: ReadSource,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, void, void> {
  let { position } = source;
  while (!signal.aborted) {
    await checkStream(bus, source);
    const messages = await consume(js, source, position);
    const watchdog = watch(bus, source, messages, signal);
    let checkedConsumer = '';
    try {
      for await (const message of messages) {
        if (message.info.consumer !== checkedConsumer) {
          await checkStream(bus, source);
          checkedConsumer = message.info.consumer;
        }
        position = message.seq;
        yield {
          sequence: message.seq,
          payload: message.data,
          headers: headersOf(message.headers),
          storedAtMs: message.info.timestampNanos / NS_PER_MS,
        };
        if (signal.aborted) return;
      }
    } catch (error) {
      // Such as a consumer that was deleted under it. The next round finds out whether the stream is still there.
      if (!(error instanceof NatsError)) throw error;
      await Bun.sleep(RETRY_WAIT_MS);
    } finally {
      watchdog.stop();
    }
    if (watchdog.failure !== undefined) throw watchdog.failure;
  }
}

async function checkStream(bus: ReaderBus, source: ReadSource): Promise<void> {
  const state = await bus.stream(source.stream);
  if (state?.created !== source.created) throw replaced(source);
}

function replaced({ stream, created }: ReadSource, cause?: unknown): StreamReplacedError {
  return new StreamReplacedError(`stream ${stream} of ${created} is gone`, { cause });
}

function consume(
  js: JetStreamClient,
  source: ReadSource,
  position: number,
): Promise<ConsumerMessages> {
  return guard(`consumer of ${source.subject}`, async () => {
    const consumer = await js.consumers.get(source.stream, {
      filterSubjects: [source.subject],
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: position + 1,
    });
    return consumer.consume({
      max_messages: source.messagesMax,
      // Each time half of them has come, the rest is asked for: the client's three quarters would be an order for every two of eight.
      threshold_messages: Math.ceil(source.messagesMax / 2),
      expires: PULL_EXPIRES_MS,
      abort_on_missing_resource: true,
    });
  });
}

/** Ends `messages` when the reader must look again: after a reconnect, missed heartbeats, another stream, or an abort. */
function watch(
  bus: ReaderBus,
  source: ReadSource,
  messages: ConsumerMessages,
  signal: AbortSignal,
): { stop(): void; failure: unknown } {
  const end = () => messages.stop();
  const forget = bus.onReconnect(end);
  const timer = setInterval(() => {
    if (!bus.connected) return;
    bus.stream(source.stream).then(
      (state) => {
        if (state?.created === source.created) return;
        watchdog.failure = replaced(source);
        end();
      },
      // An outage: the reconnect, or the heartbeats, will tell.
      () => undefined,
    );
  }, STREAM_CHECK_INTERVAL_MS);
  const watchdog = {
    failure: undefined as unknown,
    stop: () => {
      clearInterval(timer);
      forget();
      signal.removeEventListener('abort', end);
      end();
    },
  };
  signal.addEventListener('abort', end, { once: true });
  // Aborted while the consumer was being made: no event comes any more.
  if (signal.aborted) end();
  void endOnTrouble(messages, end);
  return watchdog;
}

async function endOnTrouble(messages: ConsumerMessages, end: () => void): Promise<void> {
  for await (const status of await messages.status()) {
    if (TROUBLES.has(String(status.type))) end();
  }
}

const TROUBLES: ReadonlySet<string> = new Set([
  'heartbeats_missed',
  'consumer_not_found',
  'consumer_deleted',
  'stream_not_found',
  'no_responders',
]);
