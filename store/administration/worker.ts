import { parentPort, workerData } from 'node:worker_threads';
import { connectBus, createLogger } from '@overseer/shared';
import { nameDatabase, startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { busyConnections, CLIENT_CHECK, connectPostgres } from '../postgres.ts';
import type { ToThread } from '../worker-thread.ts';
import { ANSWERED_MAX } from './administration-limits.ts';
import { AdministrationService } from './administration-service.ts';
import type { AdministrationSettings } from './administration-thread.ts';
import type { FromAdministrationThread } from './thread-messages.ts';

/** How often the thread says how it is doing. */
const GAUGES_INTERVAL_MS = 1000;

/** The administration thread: wiring only. What it throws ends the store. */
async function main(
  port: NonNullable<typeof parentPort>,
  settings: AdministrationSettings,
): Promise<void> {
  const log = createLogger('store');
  await startTelemetry({ service: 'store', log });
  nameDatabase(settings.databaseUrl);
  const database = connectPostgres(
    settings.databaseUrl,
    'overseer-store-administration',
    Object.values<number>(ANSWERED_MAX).reduce((sum, max) => sum + max),
    { ...CLIENT_CHECK, default_transaction_read_only: true },
  );
  const bus = await connectBus({
    url: settings.natsUrl,
    name: 'overseer-store-administration',
    log,
  });
  const tell = (message: FromAdministrationThread) => port.postMessage(message);
  const service = new AdministrationService({
    bus,
    database,
    log,
    onAnswered: (outcome) => tell({ what: 'answered', outcome }),
    onPass: () => tell({ what: 'passed' }),
  });
  const telling = setInterval(
    () =>
      tell({
        what: 'gauges',
        gauges: { running: service.running, connectionsBusy: busyConnections() },
      }),
    GAUGES_INTERVAL_MS,
  );
  port.on('message', async (_: ToThread) => {
    clearInterval(telling);
    await service.stop();
    await bus.close();
    await database.end({ timeout: 0 });
    await stopTelemetry();
    process.exit(0);
  });
  service.start();
  await bus.flush();
  tell({ what: 'ready' });
}

if (parentPort === null) throw new Error('the administration thread is started by the store');
await main(parentPort, workerData as AdministrationSettings);
