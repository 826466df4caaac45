import type { AdministrationMetrics } from '../metrics/administration-metrics.ts';
import { WorkerThread } from '../worker-thread.ts';
import { ANSWERED_MAX } from './administration-limits.ts';
import type { FromAdministrationThread } from './thread-messages.ts';

export interface AdministrationSettings {
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/** Starts the thread that answers what operators ask and what takes long: turning points into text keeps a core busy. */
export function startAdministrationThread(
  { natsUrl, databaseUrl }: AdministrationSettings,
  metrics: AdministrationMetrics,
  onFatal: (error: unknown) => void,
): WorkerThread<FromAdministrationThread> {
  const settings: AdministrationSettings = { natsUrl, databaseUrl };
  const module = new URL('./worker.ts', import.meta.url);
  metrics.showLimits(ANSWERED_MAX);
  return new WorkerThread({
    name: 'administration',
    module,
    settings,
    onMessage: (message) => {
      if (message.what === 'answered') metrics.answered(message.outcome);
      else if (message.what === 'passed') metrics.passed();
      else metrics.gauges = message.gauges;
    },
    onFatal,
  });
}
