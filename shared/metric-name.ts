/** A field called so is the metric of its measurement's own name. */
const UNNAMED_FIELD = 'value';

/** The metric that a field of a measurement is: `cpu_usage_idle` for `usage_idle` of `cpu`, `cpu` for its `value`. */
export function metricName(measurement: string, field: string): string {
  return field === UNNAMED_FIELD ? measurement : `${measurement}_${field}`;
}

/** Every measurement and field that the metric can be, whether or not they exist. */
export function metricCandidates(metric: string): { measurement: string; field: string }[] {
  const candidates = [{ measurement: metric, field: UNNAMED_FIELD }];
  for (let at = metric.indexOf('_', 1); at > 0; at = metric.indexOf('_', at + 1)) {
    const field = metric.slice(at + 1);
    if (field !== '' && field !== UNNAMED_FIELD) {
      candidates.push({ measurement: metric.slice(0, at), field });
    }
  }
  return candidates;
}
