import { type NatsServer, type Running, startNats, startService } from '@overseer/local/testing';
import { type Bus, connectBus, createLogger } from '@overseer/shared';
import postgres, { type Sql } from 'postgres';
import { CommitCounter } from './commits.ts';
import { postgresVersion, startDurablePostgres } from './postgres.ts';
import type { Metered } from './processes.ts';

/** Room for all streams and buckets at the sizes that the store gives them. */
const FILE_STORE_BYTES_MAX = 8 * 2 ** 30;

/**
 * Everything between a write request and a committed row, as the real processes with their usual
 * settings, on servers that nothing else uses.
 */
export interface Pipeline extends AsyncDisposable {
  ingressUrl: string;
  sql: Sql;
  commits: CommitCounter;
  /** Of those that run now: others after a restart. */
  readonly processes: Readonly<Record<'ingress' | 'store' | 'nats' | 'postgres', Metered>>;
  /** In the order in which they are started. */
  readonly running: readonly Running[];
  versions: Readonly<Record<string, string>>;
}

/**
 * Starts the processes and waits until they are ready; stops what was started when one isn't.
 * @param settings of the services, besides those that let them find each other
 */
export async function startPipeline(
  settings: Readonly<Record<string, string>> = {},
): Promise<Pipeline> {
  await using started = new AsyncDisposableStack();
  const nats = started.use(await startNats({ fileStoreBytesMax: FILE_STORE_BYTES_MAX }));
  const server = started.use(await startDurablePostgres());
  const environment = {
    NATS_URL: nats.url,
    DATABASE_URL: server.program.socketUrl,
    ...settings,
  };
  const store = started.use(await startService('store', environment));
  const ingress = started.use(await startService('ingress', environment));
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  started.defer(() => sql.end());
  const bus: Bus = await connectBus({ url: nats.url, name: 'bench', log: createLogger('bench') });
  started.defer(() => bus.close());
  const commits = await CommitCounter.start(bus);
  started.defer(() => commits.stop());
  const versions = { postgres: await postgresVersion(sql), natsServer: await natsVersion(nats) };
  const all = started.move();
  return {
    ingressUrl: ingress.url,
    sql,
    commits,
    get processes() {
      return {
        ingress: { processId: ingress.pid, memory: 'process' },
        store: { processId: store.pid, memory: 'process' },
        nats: { processId: nats.pid, memory: 'process' },
        postgres: { processId: server.pid, memory: 'tree' },
      } as const;
    },
    running: [nats, server, store, ingress],
    versions,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Version of the program that serves, such as `2.10.27`. */
export async function natsVersion(nats: NatsServer): Promise<string> {
  const server = Bun.spawn([nats.program.command[0] as string, '--version'], { stdout: 'pipe' });
  return (await server.stdout.text()).trim().replace(/^nats-server: v/, '');
}
