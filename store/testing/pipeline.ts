import {
  type NatsServer,
  type PostgresServer,
  type Service,
  startNats,
  startPostgres,
  startService,
  waitUntil,
} from '@overseer/local/testing';
import { POINTS_STREAM, pointsSubject } from '@overseer/shared';
import { connectPostgres, type Database } from '../postgres.ts';
import { TestIngress } from './test-ingress.ts';

const SETTLED_DEADLINE_MS = 60_000;

/** NATS, PostgreSQL and a store, each real, with a hand on both ends. */
export interface Pipeline {
  readonly nats: NatsServer;
  readonly postgres: PostgresServer;
  readonly store: Service;
  readonly ingress: TestIngress;
  readonly database: Database;
  readonly environment: Readonly<Record<string, string>>;
  /** Waits until everything in the stream is committed. */
  settled(): Promise<void>;
  /** Waits until nothing is parked. */
  unparked(): Promise<void>;
  /** Starts one more store of the same settings; who asks for it stops it. */
  startAnother(): Promise<Service>;
  /** Kills NATS, starts it again with its data, and waits until it can be published to. */
  killNats(): Promise<void>;
  /** Deletes the stream of points, and waits until the store has made it again. */
  replaceStream(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param prepare what PostgreSQL is to have before the store starts
 * @param natsPlace where NATS keeps its data, for who wants to lay hands on it
 */
export async function startPipeline(
  settings: Record<string, string> = {},
  prepare: (database: Database) => Promise<void> = async () => undefined,
  natsPlace: { readonly folder?: string } = {},
): Promise<Pipeline> {
  const [nats, postgres] = await Promise.all([startNats(natsPlace), startPostgres()]);
  const environment = {
    LEASE: '1s',
    PARTITIONS: '2',
    POINTS_BYTES_MAX: '256MiB',
    DEAD_BYTES_MAX: '16MiB',
    LOG_LEVEL: 'warn',
    ...settings,
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
  };
  const database = connectPostgres(postgres.url, 'test', 2);
  await prepare(database);
  const store = await startService('store', environment);
  const ingress = await TestIngress.connect(nats.url);
  return {
    nats,
    postgres,
    store,
    ingress,
    database,
    environment,
    settled: () => settled(ingress, database),
    unparked: () => unparked(database),
    startAnother: () => startService('store', environment),
    killNats: async () => {
      await nats.kill('SIGKILL');
      await nats.restart();
      await waitUntil(() => ingress.bus.connected, {
        what: 'the connection to NATS',
        deadlineMs: SETTLED_DEADLINE_MS,
      });
    },
    replaceStream: async () => {
      await ingress.bus.deleteStream(POINTS_STREAM);
      await waitUntil(() => ingress.bus.stream(POINTS_STREAM), {
        what: 'the store to make the stream again',
        deadlineMs: SETTLED_DEADLINE_MS,
      });
    },
    stop: async () => {
      await ingress.close();
      await database.end({ timeout: 1 });
      // First: it would wait for them.
      await store.stop();
      await Promise.all([nats.stop(), postgres.stop()]);
    },
  };
}

async function settled(ingress: TestIngress, database: Database): Promise<void> {
  await waitUntil(() => isSettled(ingress, database), {
    what: 'everything to be committed',
    deadlineMs: SETTLED_DEADLINE_MS,
  });
}

async function unparked(database: Database): Promise<void> {
  const isEmpty = async () => {
    const [row] = await database`SELECT FROM overseer.parked LIMIT 1`;
    return row === undefined;
  };
  await waitUntil(isEmpty, {
    what: 'everything parked to be stored',
    deadlineMs: SETTLED_DEADLINE_MS,
  });
}

async function isSettled(ingress: TestIngress, database: Database): Promise<boolean> {
  const stream = await ingress.bus.stream(POINTS_STREAM);
  if (!stream) return false;
  const rows = await database`
    SELECT partition, seq FROM overseer.progress WHERE stream = ${stream.created}`;
  if (rows.length < ingress.partitions) return false;
  for (const { partition, seq } of rows) {
    const next = Number(seq) + 1;
    if (await ingress.bus.nextSequence(POINTS_STREAM, pointsSubject(partition), next)) return false;
  }
  return true;
}
