import { NAME_BYTES_MAX } from './names.ts';

/** A field called so is the metric of its measurement's own name. */
const UNNAMED_FIELD = 'value';

/** The metric that a field of a measurement is: `cpu_usage_idle` for `usage_idle` of `cpu`, `cpu` for its `value`. */
export function metricName(measurement: string, field: string): string {
  return field === UNNAMED_FIELD ? measurement : `${measurement}_${field}`;
}

/** Every measurement and field that the metric can be, whether or not they exist; none has a longer name than is let in. */
export function metricCandidates(metric: string): { measurement: string; field: string }[] {
  const candidates: { measurement: string; field: string }[] = [];
  if (metric.length <= NAME_BYTES_MAX) {
    candidates.push({ measurement: metric, field: UNNAMED_FIELD });
  }
  const first = Math.max(1, metric.length - 1 - NAME_BYTES_MAX);
  for (let at = metric.indexOf('_', first); at > 0; at = metric.indexOf('_', at + 1)) {
    if (at > NAME_BYTES_MAX) break;
    const field = metric.slice(at + 1);
    if (field !== '' && field !== UNNAMED_FIELD) {
      candidates.push({ measurement: metric.slice(0, at), field });
    }
  }
  return candidates;
}
