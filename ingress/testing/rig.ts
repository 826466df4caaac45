import { type NatsServer, startNats } from '@overseer/local/testing';
import { RunningIngress } from './running-ingress.ts';
import { TestStore } from './test-store.ts';

/** A nats-server, what the store does on it, and an ingress; all gone when the test leaves the scope. */
export class Rig implements AsyncDisposable {
  private constructor(
    readonly nats: NatsServer,
    readonly store: TestStore,
    readonly ingress: RunningIngress,
  ) {}

  /** Starts all three and waits until ingress is ready. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    stream: { partitions?: number; bytesMax?: number } = {},
  ): Promise<Rig> {
    // An ingress that finds nothing looks again after a second.
    const rig = await Rig.#start(environment, (store) => store.prepare(stream));
    await rig.ingress.becomes(true);
    return rig;
  }

  /** Starts all three, but the store has made nothing yet. */
  static startUnprepared(environment: Readonly<Record<string, string>> = {}): Promise<Rig> {
    return Rig.#start(environment, async () => undefined);
  }

  static async #start(
    environment: Readonly<Record<string, string>>,
    prepare: (store: TestStore) => Promise<void>,
  ): Promise<Rig> {
    const nats = await startNats();
    const store = await TestStore.connect(nats.url);
    await prepare(store);
    return new Rig(nats, store, await RunningIngress.start(nats.url, environment));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.ingress.stop();
      await this.store.close();
    } finally {
      await this.nats.stop();
    }
  }
}
