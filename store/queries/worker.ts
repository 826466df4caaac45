import { parentPort, workerData } from 'node:worker_threads';
import { connectBus, createLogger, type Logger } from '@overseer/shared';
import { nameDatabase, startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { PostgresSeries, type PostgresSeriesOptions } from '../blocks/postgres-series.ts';
import {
  busyConnections,
  CLIENT_CHECK,
  connectPostgres,
  type Database,
  isOutage,
} from '../postgres.ts';
import type { ToThread } from '../worker-thread.ts';
import { IndexRefresh } from './index-refresh.ts';
import { QueryService } from './query-service.ts';
import type { FromQueryThread, QuerySettings } from './thread-messages.ts';

/** Beside one for each query: for the label index. */
const INDEX_CONNECTIONS = 1;
/** For reading all series, which a short timeout of queries must not make impossible. */
const STATEMENT_TIMEOUT_MIN_MS = 60_000;
const OPEN_RETRY_MS = 500;

/** The query thread: wiring only. What it throws ends the store. */
async function main(port: NonNullable<typeof parentPort>, settings: QuerySettings): Promise<void> {
  const tell = (message: FromQueryThread) => port.postMessage(message);
  const log = createLogger('store');
  await startTelemetry({ service: 'store', log });
  nameDatabase(settings.databaseUrl);
  const database = connectPostgres(
    settings.databaseUrl,
    'overseer-store-queries',
    settings.queriesMax + INDEX_CONNECTIONS,
    {
      ...CLIENT_CHECK,
      default_transaction_read_only: true,
      // A query is canceled when its time is over; this is for when that does not come through.
      statement_timeout: Math.max(settings.queryTimeoutMs, STATEMENT_TIMEOUT_MIN_MS),
    },
  );
  const bus = await connectBus({ url: settings.natsUrl, name: 'overseer-store-queries', log });
  const series = await openSeries(database, log, {
    seriesMax: settings.querySeriesMax,
    onWindowsRead: (reading) => tell({ what: 'windows', reading }),
  });
  // Counted when the index may have grown, not with every query.
  let indexBytes = series.index.bytes;
  const tellGauges = () => {
    const { running, waiting, samplesHeld } = service;
    const { seriesCount: indexSeries, textCount: indexTexts } = series.index;
    const index = { indexSeries, indexTexts, indexBytes };
    const connectionsBusy = busyConnections();
    const gauges = { running, waiting, samplesHeld, ...index, connectionsBusy };
    tell({ what: 'gauges', gauges });
  };
  const service = new QueryService({
    bus,
    database,
    series,
    settings,
    log,
    onAnswered: (report) => tell({ what: 'answered', report }),
    onRefused: () => tell({ what: 'refused' }),
    onEvaluated: (read) => tell({ what: 'evaluated', read }),
    onChanged: tellGauges,
  });
  const refresh = new IndexRefresh({
    refresh: () => series.refresh(),
    log,
    onRefreshed: (seconds) => {
      indexBytes = series.index.bytes;
      tell({ what: 'refreshed', seconds });
      tellGauges();
    },
  });
  port.on('message', async (_: ToThread) => {
    refresh.stop();
    await service.stop();
    await bus.close();
    await service.finish();
    await database.end({ timeout: 0 });
    await stopTelemetry();
    process.exit(0);
  });
  service.start();
  await bus.flush();
  tell({ what: 'ready' });
  await refresh.run();
}

/** Reads every series, however long PostgreSQL is away. */
async function openSeries(
  database: Database,
  log: Logger,
  options: PostgresSeriesOptions,
): Promise<PostgresSeries> {
  for (;;) {
    try {
      return await PostgresSeries.open(database, log, options);
    } catch (error) {
      if (!isOutage(error)) throw error;
      log.warn({ err: error }, 'series not read; trying again');
      await Bun.sleep(OPEN_RETRY_MS);
    }
  }
}

if (parentPort === null) throw new Error('the query thread is started by the store');
await main(parentPort, workerData as QuerySettings);
