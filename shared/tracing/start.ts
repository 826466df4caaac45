import { isMainThread } from 'node:worker_threads';
import type { LogExporter } from './log-exporter.ts';
import { otlpProtocol } from './settings.ts';
import { startTracing, stopTracing, type TracingOptions } from './tracing.ts';

let logs: LogExporter | undefined;

/**
 * Sends traces and the log by OTLP from now on, each if the environment asks for it. Once for each thread: in `main.ts` and in every
 * worker thread, before anything else is made.
 * @throws SettingError for values that are invalid
 */
export async function startTelemetry(options: TracingOptions): Promise<void> {
  const { service, log, environment = process.env } = options;
  const protocol = otlpProtocol('LOGS', environment);
  if (protocol && !logs) {
    const { LogExporter } = await import('./log-exporter.ts');
    logs = new LogExporter({ service, protocol, log });
    // Its threads do the same.
    if (isMainThread) log.info({ protocol }, 'the log is exported');
  }
  await startTracing(options);
}

/** Sends what there is, for two seconds of each at the most, and ends both. Last when a process or thread stops. */
export async function stopTelemetry(): Promise<void> {
  const stopped = logs;
  logs = undefined;
  await Promise.all([stopTracing(), stopped?.stop()]);
}
