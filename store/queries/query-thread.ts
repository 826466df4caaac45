import { WorkerThread } from '../worker-thread.ts';
import type { QueryMetrics } from './query-metrics.ts';
import type { FromQueryThread, QuerySettings } from './thread-messages.ts';

export interface QueryThreadParts {
  readonly settings: QuerySettings;
  readonly metrics: QueryMetrics;
  /** Called when the thread ends before it was asked to. */
  readonly onFatal: (error: unknown) => void;
}

/** Starts the thread that answers queries; it is ready when it knows the series. */
export function startQueryThread({
  settings,
  metrics,
  onFatal,
}: QueryThreadParts): WorkerThread<FromQueryThread> {
  metrics.showLimits(settings);
  return new WorkerThread({
    name: 'query',
    module: new URL('./worker.ts', import.meta.url),
    settings,
    onMessage: (message) => {
      if (message.what === 'answered') metrics.answered(message.report);
      else if (message.what === 'refused') metrics.refused();
      else if (message.what === 'evaluated') metrics.evaluated(message.read);
      else if (message.what === 'windows') metrics.readWindows(message.reading);
      else if (message.what === 'refreshed') metrics.refreshed(message.seconds);
      else metrics.gauges = message.gauges;
    },
    onFatal,
  });
}
