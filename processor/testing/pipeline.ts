import {
  type NatsServer,
  type PostgresServer,
  type Service,
  startNats,
  startPostgres,
  startService,
  waitUntil,
} from '@overseer/local/testing';
import { askCatalogue, type CatalogueAnswer } from './catalogue-question.ts';
import { Listener } from './listener.ts';

const WRITTEN_DEADLINE_MS = 60_000;

/** Everything from the door to the updates, each real. */
export class Pipeline {
  private constructor(
    readonly nats: NatsServer,
    readonly postgres: PostgresServer,
    readonly store: Service,
    readonly ingress: Service,
    readonly processor: Service,
    readonly listener: Listener,
    private readonly started: AsyncDisposableStack,
  ) {}

  static async start(): Promise<Pipeline> {
    await using started = new AsyncDisposableStack();
    const nats = started.use(await startNats());
    const postgres = started.use(await startPostgres());
    const environment = {
      LEASE: '1s',
      POINTS_BYTES_MAX: '256MiB',
      DEAD_BYTES_MAX: '16MiB',
      LOG_LEVEL: 'warn',
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
    };
    const listener = started.adopt(await Listener.connect(nats.url), (it) => it.close());
    const store = started.use(await startService('store', environment));
    const ingress = started.use(await startService('ingress', environment));
    const processor = started.use(await startService('processor', environment));
    const all = started.move();
    return new Pipeline(nats, postgres, store, ingress, processor, listener, all);
  }

  /** Writes lines of line protocol as an agent does: again until they are taken. */
  async write(db: string, ...lines: readonly string[]): Promise<void> {
    const url = `${this.ingress.url}/write?db=${encodeURIComponent(db)}`;
    await waitUntil(
      async () => {
        const body = lines.join('\n');
        const response = await fetch(url, { method: 'POST', body }).catch(() => undefined);
        if (response && response.status < 500 && !response.ok) {
          throw new Error(`refused: ${await response.text()}`);
        }
        return response?.ok;
      },
      { what: 'ingress to take lines', deadlineMs: WRITTEN_DEADLINE_MS },
    );
  }

  catalogue(db?: string): Promise<CatalogueAnswer> {
    return askCatalogue(this.listener.bus, db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.started.disposeAsync();
  }
}
