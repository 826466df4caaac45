import {
  BusSetupError,
  createLogger,
  dieOfUncaught,
  type Logger,
  nameInstance,
  PortTakenError,
  SettingError,
} from '@overseer/shared';
import { startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { claimPort } from './port.ts';
import { writeSelfMetrics } from './self-metrics.ts';
import { type Running, serve } from './serve.ts';
import { type IngressSettings, readIngressSettings, shareOfWorker } from './settings.ts';
import { Parent, WorkerStartError } from './workers/parent.ts';
import { readWorkerRole } from './workers/worker.ts';

/** Whoever started ingress kills it after 15 s; it had better say before that it hangs. */
const STOP_DEADLINE_MS = 13_000;

const role = readWorkerRole();
const log: Logger = role
  ? createLogger('ingress').child({ worker: role.number })
  : createLogger('ingress');

/** The operator's mistakes are said in one line; anything else is a bug and shows where. */
function die(error: unknown): never {
  const mistake =
    error instanceof SettingError ||
    error instanceof BusSetupError ||
    error instanceof PortTakenError ||
    error instanceof WorkerStartError;
  if (mistake) log.fatal(error.message);
  else log.fatal({ err: error }, 'ingress failed');
  process.exit(1);
}

let running: Running | undefined;
let isStopping = false;

async function stop(reason: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log.info(`${reason}: finishing the requests under way`);
  setTimeout(() => die(new Error('could not stop in time')), STOP_DEADLINE_MS).unref();
  await running?.stop();
  await stopTelemetry();
  process.exit(0);
}

function startParent(settings: IngressSettings): Running {
  const port = claimPort(settings.host, settings.port);
  const parent = new Parent({
    workers: settings.workers,
    command: [process.execPath, import.meta.path],
    environment: { ...shareOfWorker(settings), INGRESS_PORT: String(port) },
    log,
    onFailure(error) {
      parent.kill();
      die(error);
    },
  });
  parent.start();
  log.info({ workers: settings.workers, port }, 'ingress shares its port among workers');
  const selfMetrics = writeSelfMetrics({
    settings,
    port,
    registry: parent.registry,
    read: () => parent.metrics(),
    log,
  });
  return {
    async stop() {
      await selfMetrics.stop();
      await parent.stop();
    },
  };
}

async function main(): Promise<void> {
  const settings = readIngressSettings();
  nameInstance(settings.port);
  process.on('SIGTERM', () => void stop('stopping').catch(die));
  process.on('SIGINT', () => void stop('stopping').catch(die));
  const onOrphaned = () => void stop('the parent process is gone').catch(die);
  const isParent = !role && settings.workers > 1;
  await startTelemetry({ service: 'ingress', log, http: !isParent });
  if (isParent) {
    running = startParent(settings);
    return;
  }
  running = await serve(settings, role, log, die, onOrphaned);
}

dieOfUncaught(die);
await main().catch(die);
