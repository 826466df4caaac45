import {
  BusSetupError,
  connectBus,
  createLogger,
  dieOfUncaught,
  nameInstance,
  PortTakenError,
  readSettings,
  SettingError,
  withoutSecrets,
} from '@overseer/shared';
import { instanceName, startSelfMetrics } from '@overseer/shared/self-metrics';
import { startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { ProcessorMetrics } from './metrics.ts';
import { Processor } from './processor.ts';
import { startServer } from './server.ts';
import { PROCESSOR_SETTINGS } from './settings.ts';

/** A start without NATS is worth a word after this time. */
const CONNECT_WARNING_MS = 3000;
/** Whoever started the processor kills it after 15 s; it had better say before that it hangs. */
const STOP_DEADLINE_MS = 13_000;

const log = createLogger('processor');

/** The operator's mistakes are said in one line; anything else is a bug and shows where. */
function die(error: unknown): never {
  const isMistake =
    error instanceof SettingError ||
    error instanceof BusSetupError ||
    error instanceof PortTakenError;
  if (isMistake) log.fatal(error.message);
  else log.fatal({ err: error }, 'the processor failed');
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readSettings(PROCESSOR_SETTINGS);
  nameInstance(settings.port);
  await startTelemetry({ service: 'processor', log });
  const metrics = new ProcessorMetrics();
  let processor: Processor | undefined;
  const server = startServer(
    settings,
    metrics,
    () => processor ?? { troubles: ['NATS is not connected'], isLeader: false },
  );
  log.info({ url: server.url.href }, 'the processor is listening');
  const selfMetrics = startSelfMetrics(settings, {
    service: 'processor',
    instance: instanceName(settings.port || Number(server.url.port)),
    registry: metrics.registry,
    log,
  });
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => die(new Error('could not stop in time')), STOP_DEADLINE_MS).unref();
    await selfMetrics.stop();
    await processor?.stop();
    await server.stop();
    await stopTelemetry();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop().catch(die));
  process.on('SIGINT', () => void stop().catch(die));
  const url = withoutSecrets(settings.natsUrl);
  const warning = setTimeout(
    () => log.warn({ url }, 'NATS is not there; waiting for it'),
    CONNECT_WARNING_MS,
  );
  const bus = await connectBus({ url: settings.natsUrl, name: 'processor', log });
  clearTimeout(warning);
  processor = new Processor({ bus, metrics, log, onFatal: die });
  processor.start();
}

dieOfUncaught(die);
await main().catch(die);
