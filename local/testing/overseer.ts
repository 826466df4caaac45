/** A whole Overseer for tests: every server and service, on free ports, knowing each other. */

import type { PostgresSettings } from '../postgres-settings.ts';
import { freePort } from './ports.ts';
import type { Running } from './running.ts';
import { startNats, startPostgres } from './servers.ts';
import { startService } from './service.ts';

/** In the order in which a person would start them. */
export const OVERSEER_PROCESSES = [
  'nats',
  'postgres',
  'store',
  'ingress',
  'processor',
  'frontend',
] as const;
export type OverseerProcess = (typeof OVERSEER_PROCESSES)[number];

export interface TestOverseerOptions {
  /** Settings of the services, besides those that let them find each other. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Over those for tests, which don't wait for the disk. */
  readonly postgres?: PostgresSettings;
}

/** Room for all streams and buckets at the sizes that the services give them. */
const FILE_STORE_BYTES_MAX = 8 * 1024 ** 3;
/** Lines of each process' output that {@link TestOverseer.describe} shows. */
const LINES_SHOWN = 25;

export class TestOverseer implements AsyncDisposable {
  private constructor(
    /** Each can be killed and restarted; it comes back on its port with its data. */
    readonly processes: Readonly<Record<OverseerProcess, Running>>,
    private readonly started: AsyncDisposableStack,
  ) {}

  /** Starts everything and waits until it is ready; stops what was started when something isn't. */
  static async start(options: TestOverseerOptions = {}): Promise<TestOverseer> {
    await using started = new AsyncDisposableStack();
    const servers = await together(started, {
      nats: startNats({ fileStoreBytesMax: FILE_STORE_BYTES_MAX }),
      postgres: startPostgres(options.postgres),
    });
    const ports = { ingress: freePort(), frontend: freePort() };
    const environment = {
      NATS_URL: servers.nats.url,
      DATABASE_URL: servers.postgres.url,
      INGRESS_PORT: String(ports.ingress),
      INGRESS_URL: `http://127.0.0.1:${ports.ingress}`,
      WRITE_URL: `http://127.0.0.1:${ports.ingress}`,
      FRONTEND_PORT: String(ports.frontend),
      ...options.environment,
    };
    const services = await together(started, {
      store: startService('store', environment),
      ingress: startService('ingress', environment),
      processor: startService('processor', environment),
      frontend: startService('frontend', environment),
    });
    return new TestOverseer({ ...servers, ...services }, started.move());
  }

  get ingressUrl(): string {
    return this.processes.ingress.url;
  }

  get frontendUrl(): string {
    return this.processes.frontend.url;
  }

  get natsUrl(): string {
    return this.processes.nats.url;
  }

  get databaseUrl(): string {
    return this.processes.postgres.url;
  }

  /** The last lines that each process printed, for the message of a test that fails. */
  describe(): string {
    return OVERSEER_PROCESSES.map((name) => {
      const lines = this.processes[name].lines.slice(-LINES_SHOWN).map((line) => `  ${line}`);
      return [`${name} printed last:`, ...lines].join('\n');
    }).join('\n');
  }

  /** Stops everything, in reverse order, and removes its data. Calling it again does nothing. */
  stop(): Promise<void> {
    return this.started.disposeAsync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Waits for all, also when one fails: those that did start are stopped with the stack. */
async function together<Name extends string>(
  started: AsyncDisposableStack,
  starts: Readonly<Record<Name, Promise<Running>>>,
): Promise<Record<Name, Running>> {
  const outcomes = await Promise.allSettled(Object.values<Promise<Running>>(starts));
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') started.use(outcome.value);
  const running = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  const names = Object.keys(starts) as Name[];
  return Object.fromEntries(names.map((name, index) => [name, running[index]])) as Record<
    Name,
    Running
  >;
}
