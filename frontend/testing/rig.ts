import { type NatsServer, startNats } from '@overseer/local/testing';
import type { LiveTiming } from '../live/live-hub.ts';
import { RunningFrontend } from './running-frontend.ts';
import { TestPage } from './test-page.ts';
import { TestStore } from './test-store.ts';

/** A nats-server, a store of samples in memory, and a frontend; all gone when the test leaves the scope. */
export class Rig implements AsyncDisposable {
  readonly #pages: TestPage[] = [];

  private constructor(
    readonly nats: NatsServer,
    readonly store: TestStore,
    readonly frontend: RunningFrontend,
  ) {}

  static async start(
    environment: Readonly<Record<string, string>> = {},
    timing: Partial<LiveTiming> = {},
  ): Promise<Rig> {
    const nats = await startNats();
    const store = await TestStore.connect(nats.url);
    const frontend = await RunningFrontend.start(nats.url, environment, timing);
    return new Rig(nats, store, frontend);
  }

  /** Opens a live connection, as a page does; to another frontend when its URL is given. */
  async openPage(url: string = this.frontend.url): Promise<TestPage> {
    const page = await TestPage.open(url);
    this.#pages.push(page);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const page of this.#pages) page.close();
      await this.frontend.stop();
      await this.store.close();
    } finally {
      await this.nats.stop();
    }
  }
}
