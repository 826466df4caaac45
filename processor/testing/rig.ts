import { type NatsServer, startNats, waitUntil } from '@overseer/local/testing';
import { connectBus, createLogger } from '@overseer/shared';
import { ProcessorMetrics } from '../metrics.ts';
import { Processor } from '../processor.ts';
import { startServer } from '../server.ts';
import { askCatalogue, type CatalogueAnswer } from './catalogue-question.ts';
import { Listener } from './listener.ts';
import { TestStore } from './test-store.ts';

const READY_DEADLINE_MS = 30_000;
/** Of a store that answers: on a busy machine it is asked less often than who asks for the catalogue waits otherwise. */
const SETTLE_MAX_MS = 30_000;

export interface RigOptions {
  /** How long who asks for the catalogue waits for what is new in it. */
  readonly settleMaxMs?: number;
}

interface Readiness {
  readonly status: number;
  readonly ready: boolean;
  readonly missing: readonly string[];
  readonly leader: boolean;
}

/** A processor in the process of the test, between a store and a listener of the test; NATS is real. */
export class Rig {
  readonly nats: NatsServer;
  readonly store: TestStore;
  readonly listener: Listener;
  readonly metrics: ProcessorMetrics;
  readonly url: string;
  readonly #processor: Processor;
  readonly #server: Bun.Server<unknown>;
  readonly #failures: unknown[];

  private constructor(
    nats: NatsServer,
    store: TestStore,
    listener: Listener,
    metrics: ProcessorMetrics,
    processor: Processor,
    failures: unknown[],
  ) {
    this.nats = nats;
    this.store = store;
    this.listener = listener;
    this.metrics = metrics;
    this.#processor = processor;
    this.#failures = failures;
    const address = { host: '127.0.0.1', port: 0 };
    this.#server = startServer(address, metrics, () => processor);
    this.url = this.#server.url.origin;
  }

  /** Starts all; the processor has begun to follow, and told so. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    const rig = await Rig.startUnprepared(options);
    await rig.store.prepare();
    await rig.becomes(true);
    await rig.listener.untilResets(1);
    return rig;
  }

  /** Starts all, but the store has made nothing yet and does not answer. */
  static async startUnprepared({ settleMaxMs = SETTLE_MAX_MS }: RigOptions = {}): Promise<Rig> {
    const nats = await startNats();
    const log = createLogger('processor');
    log.level = 'fatal';
    const [store, listener, bus] = await Promise.all([
      TestStore.connect(nats.url),
      Listener.connect(nats.url),
      connectBus({ url: nats.url, name: 'processor', log }),
    ]);
    const metrics = new ProcessorMetrics();
    const failures: unknown[] = [];
    const onFatal = (error: unknown) => failures.push(error);
    const processor = new Processor({ bus, metrics, log, onFatal, settleMaxMs });
    processor.start();
    return new Rig(nats, store, listener, metrics, processor, failures);
  }

  /** Waits until it is ready, or is no longer. */
  async becomes(ready: boolean): Promise<void> {
    await waitUntil(async () => (await this.readiness()).ready === ready, {
      what: `the processor to be ${ready ? 'ready' : 'not ready'}`,
      deadlineMs: READY_DEADLINE_MS,
      giveUp: () => this.#throwFailure(),
    });
  }

  async readiness(): Promise<Readiness> {
    const response = await fetch(`${this.url}/ready`);
    const body = (await response.json()) as Omit<Readiness, 'status'>;
    return { status: response.status, ...body };
  }

  catalogue(db?: string): Promise<CatalogueAnswer> {
    return askCatalogue(this.listener.bus, db);
  }

  /** A counter's value. */
  async count(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const metric = this.metrics.registry.getSingleMetric(`overseer_processor_${name}`);
    const { values } = (await metric?.get()) ?? { values: [] };
    return values
      .filter((value) =>
        Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
      )
      .reduce((sum, { value }) => sum + value, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#server.stop(true);
      await this.#processor.stop();
      await this.store.close();
      await this.listener.close();
    } finally {
      await this.nats.stop();
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}
