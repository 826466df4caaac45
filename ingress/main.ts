import { BusSetupError, createLogger, SettingError } from '@overseer/shared';
import { Ingress } from './ingress.ts';
import { PortTakenError, startServer } from './server.ts';
import { readIngressSettings } from './settings.ts';

/** Requests under way may take so long to finish after a SIGTERM. */
const DRAIN_MS = 10_000;
/** Whoever started ingress kills it after 15 s; it had better say before that it hangs. */
const STOP_DEADLINE_MS = 13_000;

const log = createLogger('ingress');

/** The operator's mistakes are said in one line; anything else is a bug and shows where. */
function die(error: unknown): never {
  const mistake =
    error instanceof SettingError ||
    error instanceof BusSetupError ||
    error instanceof PortTakenError;
  if (mistake) log.fatal(error.message);
  else log.fatal({ err: error }, 'ingress failed');
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readIngressSettings();
  const ingress = new Ingress(settings, log, die);
  const server = startServer(ingress, settings, log, die);
  log.info({ url: server.url.href }, 'ingress is listening');
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    log.info('stopping: finishing the requests under way');
    setTimeout(() => die(new Error('could not stop in time')), STOP_DEADLINE_MS).unref();
    await Promise.race([server.stop(), Bun.sleep(DRAIN_MS)]);
    await ingress.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop().catch(die));
  process.on('SIGINT', () => void stop().catch(die));
  await ingress.start();
}

await main().catch(die);
