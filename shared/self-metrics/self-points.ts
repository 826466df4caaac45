import type { Point } from '../line-protocol.ts';
import type { MetricsJson } from '../metrics.ts';

/** A sample as prom-client gives it; those of a histogram have names of their own. */
interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/**
 * Metrics as points: one for each set of labels and group of names, with all the metrics of that group as its fields. As a field is the metric
 * `<measurement>_<field>` in queries, each has its own name again there; and a service needs a table, instead of one for each of its metrics.
 * @param processes the metrics of each process; labels tell them apart
 * @param service whose metrics, named `overseer_<service>_…`, are the measurement `overseer_<service>`
 * @param instance which of several such services it is
 */
export function selfPoints(
  processes: readonly MetricsJson[],
  service: string,
  instance: string,
): Point[] {
  const points = new Map<string, { measurement: string; tags: Tags; fields: Fields }>();
  for (const { name, values } of processes.flat()) {
    for (const { value, labels, metricName = name } of values as readonly Sample[]) {
      const [measurement, field] = splitName(metricName, service);
      const tags = tagsOf(labels, instance);
      const key = `${measurement} ${JSON.stringify(tags)}`;
      let point = points.get(key);
      if (!point) {
        point = { measurement, tags, fields: {} };
        points.set(key, point);
      }
      point.fields[field] = value;
    }
  }
  return [...points.values()];
}

type Tags = Readonly<Record<string, string>>;
type Fields = Record<string, number>;

function splitName(name: string, service: string): readonly [measurement: string, field: string] {
  for (const group of [`overseer_${service}`, 'overseer']) {
    if (name.startsWith(`${group}_`)) return [group, name.slice(group.length + 1)];
  }
  const [group = name, ...rest] = name.split('_');
  return rest.length > 0 ? [group, rest.join('_')] : [name, 'value'];
}

/** In one order, so that equal sets are equal texts. */
function tagsOf(labels: Sample['labels'], instance: string): Tags {
  const texts = Object.entries(labels).map(([name, value]) => [name, String(value ?? '')] as const);
  return Object.fromEntries(
    [...texts, ['instance', instance] as const].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
