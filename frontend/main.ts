import { join } from 'node:path';
import {
  BusSetupError,
  createLogger,
  dieOfUncaught,
  nameInstance,
  PortTakenError,
  SettingError,
} from '@overseer/shared';
import { instanceName, startSelfMetrics } from '@overseer/shared/self-metrics';
import { startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { Assets } from './assets.ts';
import { StartError } from './errors.ts';
import { Frontend } from './frontend.ts';
import { startServer } from './server.ts';
import { readFrontendSettings } from './settings.ts';

/** Where `bun frontend/build.ts` puts the page. */
const ASSETS_FOLDER = join(import.meta.dir, 'build');
/** Requests under way may take so long to finish after a SIGTERM. */
const DRAIN_MS = 10_000;
/** Whoever started the frontend kills it after 15 s; it had better say before that it hangs. */
const STOP_DEADLINE_MS = 13_000;

const log = createLogger('frontend');

/** The operator's mistakes are said in one line; anything else is a bug and shows where. */
function die(error: unknown): never {
  const mistake =
    error instanceof SettingError ||
    error instanceof BusSetupError ||
    error instanceof PortTakenError ||
    error instanceof StartError;
  if (mistake) log.fatal(error.message);
  else log.fatal({ err: error }, 'the frontend failed');
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readFrontendSettings();
  nameInstance(settings.port);
  await startTelemetry({ service: 'frontend', log, http: true });
  const frontend = new Frontend(settings, log);
  const assets = new Assets(ASSETS_FOLDER, settings.writeUrl);
  const server = startServer(frontend, assets, log, die);
  log.info({ url: server.url.href }, 'the frontend is listening');
  const selfMetrics = startSelfMetrics(settings, {
    service: 'frontend',
    instance: instanceName(settings.port || Number(server.url.port)),
    registry: frontend.metrics.registry,
    log,
  });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    log.info('stopping: finishing the requests under way');
    setTimeout(() => die(new Error('could not stop in time')), STOP_DEADLINE_MS).unref();
    await selfMetrics.stop();
    frontend.live.stop();
    await Promise.race([server.stop(), Bun.sleep(DRAIN_MS)]);
    await frontend.stop();
    await stopTelemetry();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop().catch(die));
  process.on('SIGINT', () => void stop().catch(die));
  await frontend.start();
}

dieOfUncaught(die);
await main().catch(die);
