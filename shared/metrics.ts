import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { registerProcessMetrics } from './process-metrics.ts';

export { Counter, Gauge, Histogram, Registry as Metrics };

/** What `getMetricsAsJSON` of a registry gives: the metrics of one process, as it can be sent to another. */
export type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of one process, in its own registry so that tests may make several. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  registerProcessMetrics(registry);
  return registry;
}

/** The metrics of several processes, which tell themselves apart by a label, as one text for Prometheus. */
export function mergeMetrics(processes: readonly MetricsJson[]): Promise<string> {
  // Sums of one each: where labels differ, nothing is added up.
  const all = processes.map((metrics) =>
    metrics.map((metric) => ({ ...metric, aggregator: 'sum' })),
  );
  return AggregatorRegistry.aggregate(all).metrics();
}
