import { parentPort, workerData } from 'node:worker_threads';
import { connectBus, createLogger } from '@overseer/shared';
import { connectPostgres } from '../postgres.ts';
import type { ThreadReady, ToThread } from '../worker-thread.ts';
import { AdministrationService, EXPORTS_MAX, SHORT_MAX } from './administration-service.ts';
import type { AdministrationSettings } from './administration-thread.ts';

/** The administration thread: wiring only. What it throws ends the store. */
async function main(
  port: NonNullable<typeof parentPort>,
  settings: AdministrationSettings,
): Promise<void> {
  const log = createLogger('store');
  const database = connectPostgres(
    settings.databaseUrl,
    'overseer-store-administration',
    EXPORTS_MAX + 2 * SHORT_MAX,
    { default_transaction_read_only: true },
  );
  const bus = await connectBus({
    url: settings.natsUrl,
    name: 'overseer-store-administration',
    log,
  });
  const service = new AdministrationService(bus, database, log);
  port.on('message', async (_: ToThread) => {
    await service.stop();
    await bus.close();
    await database.end({ timeout: 0 });
    process.exit(0);
  });
  service.start();
  await bus.flush();
  port.postMessage({ what: 'ready' } satisfies ThreadReady);
}

if (parentPort === null) throw new Error('the administration thread is started by the store');
await main(parentPort, workerData as AdministrationSettings);
