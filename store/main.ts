import {
  BusSetupError,
  connectBus,
  createLogger,
  dieOfUncaught,
  nameInstance,
  readSettings,
  SettingError,
} from '@overseer/shared';
import { instanceName, startSelfMetrics } from '@overseer/shared/self-metrics';
import { nameDatabase, startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { startAdministrationThread } from './administration/administration-thread.ts';
import { StoreMetrics } from './metrics.ts';
import { MigrationError } from './migrations.ts';
import { checkDatabaseFolder } from './partitions/storage-room.ts';
import { connectPostgres, PostgresSetupError, waitForPostgres } from './postgres.ts';
import { startQueryThread } from './queries/query-thread.ts';
import type { FromQueryThread } from './queries/thread-messages.ts';
import { startServer } from './server.ts';
import { STORE_SETTINGS } from './settings.ts';
import { Store } from './store.ts';
import { isPartitionCount } from './streams.ts';
import type { WorkerThread } from './worker-thread.ts';

const HOUSEKEEPING_CONNECTIONS_MAX = 4;
/** With the time until another store asks for the same locks, less than the 5 s in which a paused store is replaced. */
const HOUSEKEEPING_IDLE_MAX_MS = 2000;
const STOP_DEADLINE_MS = 20_000;

const log = createLogger('store');

/** The operator's mistakes are said in one line; anything else is a bug and shows where. */
function die(error: unknown): never {
  const mistake =
    error instanceof SettingError ||
    error instanceof BusSetupError ||
    error instanceof PostgresSetupError ||
    error instanceof MigrationError ||
    (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE');
  if (mistake) log.fatal(error.message);
  else log.fatal({ err: error }, 'the store failed');
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readSettings(STORE_SETTINGS);
  if (!isPartitionCount(settings.partitions)) {
    throw new SettingError(
      `PARTITIONS is ${settings.partitions}; valid is a power of two, such as 4`,
    );
  }
  nameInstance(settings.port);
  checkDatabaseFolder(settings.databaseFolder);
  await startTelemetry({ service: 'store', log });
  nameDatabase(settings.databaseUrl);
  const metrics = new StoreMetrics();
  const stopping = new AbortController();
  let store: Store | undefined;
  let queries: WorkerThread<FromQueryThread> | undefined;
  let administration: WorkerThread | undefined;
  const server = startServer(settings, metrics, () => {
    const troubles: string[] = [];
    if (!store?.ready) troubles.push('starting: waiting for PostgreSQL and NATS');
    else if (!queries?.ready) troubles.push('starting: reading the series that queries need');
    else if (!administration?.ready) troubles.push('starting: connecting for administration');
    if (stopping.signal.aborted) troubles.push('stopping');
    return troubles;
  });
  const selfMetrics = startSelfMetrics(settings, {
    service: 'store',
    instance: instanceName(settings.port || server.server?.port),
    registry: metrics.registry,
    log,
  });
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => die(new Error('could not stop in time')), STOP_DEADLINE_MS).unref();
    await selfMetrics.stop();
    await Promise.all([store?.stop(), queries?.stop(), administration?.stop()]);
    await server.stop();
    await stopTelemetry();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop().catch(die));
  process.on('SIGINT', () => void stop().catch(die));
  const database = connectPostgres(
    settings.databaseUrl,
    'overseer-store',
    HOUSEKEEPING_CONNECTIONS_MAX,
    // A store that is stopped in the middle of a table change must not hold its locks for ever.
    { idle_in_transaction_session_timeout: HOUSEKEEPING_IDLE_MAX_MS },
  );
  await waitForPostgres(database, settings.databaseUrl, log, stopping.signal);
  const bus = await connectBus({ url: settings.natsUrl, name: 'overseer-store', log });
  store = new Store({ bus, database, metrics, log, settings, onFatal: die });
  await store.start();
  // After the store, which brings the catalogue to this release's version.
  queries = startQueryThread({ settings, metrics: metrics.queries, onFatal: die });
  administration = startAdministrationThread(settings, metrics.administration, die);
}

dieOfUncaught(die);
await main().catch(die);
