import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';
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

/**
 * The metrics of several processes, which tell themselves apart by a label, as one text.
 * @param contentType Prometheus' text format, or OpenMetrics'
 */
export function mergeMetrics(
  processes: readonly MetricsJson[],
  contentType: RegistryContentType = Registry.PROMETHEUS_CONTENT_TYPE,
): Promise<string> {
  const isOpenMetrics = contentType === Registry.OPENMETRICS_CONTENT_TYPE;
  const all = processes.map((metrics) =>
    metrics.map((metric) => ({
      ...metric,
      // In OpenMetrics samples of a counter end like this, the counter itself does not.
      name: isOpenMetrics ? metric.name.replace(/_total$/, '') : metric.name,
      // Sums of one each: where labels differ, nothing is added up.
      aggregator: 'sum',
    })),
  );
  const merged = AggregatorRegistry.aggregate<RegistryContentType>(all);
  merged.setContentType(contentType);
  return merged.metrics();
}

/** Answers a request for metrics in Prometheus' text format, or in OpenMetrics' for who asks for that. */
export async function metricsAnswer(
  request: Request,
  processes: readonly MetricsJson[],
): Promise<Response> {
  const isOpenMetrics = request.headers.get('accept')?.includes('application/openmetrics-text');
  const contentType = isOpenMetrics
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE;
  const text = await mergeMetrics(processes, contentType);
  return new Response(text, { headers: { 'content-type': contentType } });
}
