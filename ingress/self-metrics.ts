import { reachable } from '@overseer/shared/reachable';
import {
  instanceName,
  type SelfMetrics,
  type SelfMetricsOptions,
  startSelfMetrics,
} from '@overseer/shared/self-metrics';
import type { IngressSettings } from './settings.ts';

export interface IngressSelfMetrics extends Pick<SelfMetricsOptions, 'registry' | 'read' | 'log'> {
  readonly settings: IngressSettings;
  /** That ingress listens on. */
  readonly port: number;
}

/** Writes the metrics of ingress, of all its workers, through its own door. */
export function writeSelfMetrics(options: IngressSelfMetrics): SelfMetrics {
  const { settings, port, ...others } = options;
  const scheme = settings.tlsCertificate === undefined ? 'http' : 'https';
  return startSelfMetrics(settings, {
    ...others,
    service: 'ingress',
    instance: instanceName(port),
    ownUrl: `${scheme}://${reachable(settings.host)}:${port}`,
  });
}
