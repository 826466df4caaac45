import { isMainThread } from 'node:worker_threads';
import type { Logger } from '../log.ts';
import { otlpProtocol, readSampler } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

export interface TracingOptions {
  /** `ingress` becomes the service `overseer-ingress`, unless `OTEL_SERVICE_NAME` says otherwise. */
  readonly service: string;
  readonly log: Logger;
  /** Whether requests are traced: `tracedApp` is used. */
  readonly http?: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

let running: Telemetry | undefined;

/**
 * Traces from now on, if the environment asks for it (see settings.ts); nothing is loaded, and nothing costs anything, when it doesn't.
 * Once for each thread: in `main.ts` and in every worker thread, before anything else is made.
 * @throws SettingError for values that are invalid
 */
export async function startTracing({
  service,
  log,
  http = false,
  environment = process.env,
}: TracingOptions): Promise<void> {
  const protocol = otlpProtocol('TRACES', environment);
  if (!protocol || running) return;
  const sampler = readSampler(environment);
  const { Telemetry } = await import('./telemetry.ts');
  const httpPlugin = http ? (await import('./http-plugin.ts')).httpPlugin : undefined;
  running = new Telemetry({ service, protocol, sampler, httpPlugin, log });
  // Its threads do the same.
  if (isMainThread) log.info({ protocol, sampler }, 'tracing');
}

/** Sends what is recorded, for two seconds at the most, and ends tracing. Last when a process or thread stops. */
export async function stopTracing(): Promise<void> {
  const stopped = running;
  running = undefined;
  await stopped?.stop();
}

/** Whether anything may be recorded in this thread. */
export function isTracing(): boolean {
  return running !== undefined;
}

/** For the modules of this folder. */
export function runningTelemetry(): Telemetry | undefined {
  return running;
}
