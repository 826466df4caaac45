/** Pushes this machine's own metrics through the public door, as any agent would. */
import { createLogger, readSettings, SettingError } from '@overseer/shared';
import { formatLine } from '@overseer/shared/line-protocol';
import { instanceName, startSelfMetrics } from '@overseer/shared/self-metrics';
import { startTelemetry, stopTelemetry } from '@overseer/shared/tracing';
import { Host } from './host.ts';
import { CollectorMetrics } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { COLLECTOR_SETTINGS } from './settings.ts';

const log = createLogger('collector');
const settings = await settingsOrExit();
const writeUrl = new URL('/write', settings.ingressUrl);
writeUrl.search = new URLSearchParams({ db: settings.database, precision: 'ms' }).toString();

const host = new Host();
const outbox = new Outbox({
  writeUrl: writeUrl.href,
  token: settings.token,
  onChange: (message) => log.warn(message),
});

const metrics = new CollectorMetrics(outbox);
const selfMetrics = startSelfMetrics(settings, {
  service: 'collector',
  instance: instanceName(undefined),
  registry: metrics.registry,
  log,
});
let timer: Timer;

async function settingsOrExit() {
  try {
    const valid = readSettings(COLLECTOR_SETTINGS);
    await startTelemetry({ service: 'collector', log });
    return valid;
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    log.fatal(error.message);
    process.exit(1);
  }
}

/** Looks at whole intervals since 1970, as Telegraf does: the points of many machines fall together. */
function schedule(): void {
  const untilNextMs = settings.intervalMs - (Date.now() % settings.intervalMs);
  timer = setTimeout(read, untilNextMs);
}

async function read(): Promise<void> {
  const timestampMs = Math.round(Date.now() / settings.intervalMs) * settings.intervalMs;
  const points = await host.read();
  const lines = points.flatMap((point) => formatLine(point, timestampMs) ?? []);
  metrics.readings.inc();
  outbox.add(`${lines.join('\n')}\n`);
  schedule();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    clearTimeout(timer);
    await selfMetrics.stop();
    await outbox.stop();
    await stopTelemetry();
    process.exit(0);
  });
}

await host.read();
schedule();
log.info({ database: settings.database, intervalMs: settings.intervalMs }, 'collecting');
