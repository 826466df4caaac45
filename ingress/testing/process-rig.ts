import { type NatsServer, type Service, startNats, startService } from '@overseer/local/testing';
import { TestStore } from './test-store.ts';

/** What {@link ProcessRig.prepare} has started. */
export interface StartedIngress {
  readonly nats: NatsServer;
  readonly store: TestStore;
  readonly ingress: Service;
}

/**
 * A nats-server, what the store does on it, and an ingress in processes of its own, for tests to extend by what they ask it; all gone
 * when the test leaves the scope.
 */
export abstract class ProcessRig implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly store: TestStore;
  readonly ingress: Service;

  protected constructor({ nats, store, ingress }: StartedIngress) {
    this.nats = nats;
    this.store = store;
    this.ingress = ingress;
  }

  /** Starts all three and waits until ingress is ready. */
  protected static async prepare(
    environment: Readonly<Record<string, string>>,
    stream: { bytesMax?: number } = {},
  ): Promise<StartedIngress> {
    const nats = await startNats();
    try {
      const store = await TestStore.connect(nats.url);
      await store.prepare(stream);
      const settings = { LOG_LEVEL: 'warn', ...environment, NATS_URL: nats.url };
      return { nats, store, ingress: await startService('ingress', settings) };
    } catch (error) {
      await nats.stop();
      throw error;
    }
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
