import type { Point } from '../line-protocol.ts';
import type { MetricsJson } from '../metrics.ts';

/** Labels that a whole process has, or a bucket. */
const COMMON_LABELS: ReadonlySet<string> = new Set(['service', 'worker', 'le']);

/** A sample as prom-client gives it; those of a histogram have names of their own. */
interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

type Metric = MetricsJson[number];
type Tags = Readonly<Record<string, string>>;

/** Points of one moment, by what a line of theirs begins with. */
type Points = Map<string, { measurement: string; tags: Tags; fields: Record<string, number> }>;

/**
 * Turns metrics into points, one for each set of labels and group of names, with all the metrics of that group as its fields. As a field is the
 * metric `<measurement>_<field>` in queries, each has its own name again there; and a service needs a table, instead of one for each of its metrics.
 *
 * Of counters and histograms by label most stay 0 for ever, such as those of errors: two thirds of all lines. They are left out until they
 * count for the first time, and then are told to have been 0 before, so that `rate` and `increase` see that first time.
 */
export class SelfPoints {
  readonly #service: string;
  readonly #instance: string;
  /** Counters and histograms that are not 0, or were not once: as many as the process has. */
  readonly #risen = new Set<string>();
  #before: number | undefined;

  /**
   * @param service whose metrics, named `overseer_<service>_…`, are the measurement `overseer_<service>`
   * @param instance which of several such services it is
   */
  constructor(service: string, instance: string) {
    this.#service = service;
    this.#instance = instance;
  }

  /**
   * @param processes the metrics of each process; labels tell them apart
   * @param timestampMs of these, later than that of those before
   * @returns points with their times
   */
  take(
    processes: readonly MetricsJson[],
    timestampMs: number,
  ): readonly (readonly [point: Point, timestampMs: number])[] {
    const now: Points = new Map();
    const before: Points = new Map();
    for (const metric of processes.flat()) {
      const silent = this.#silent(metric);
      for (const sample of metric.values as readonly Sample[]) {
        const key = keyOf(metric, sample);
        if (silent.has(key)) continue;
        this.#add(now, metric, sample, sample.value);
        if (this.#risen.has(key) || !isSparse(metric, sample)) continue;
        this.#add(before, metric, sample, 0);
      }
      this.#remember(metric);
    }
    const at = this.#before;
    this.#before = timestampMs;
    const earlier = at === undefined ? [] : [...before.values()];
    return [
      ...earlier.map((point) => [point, at ?? timestampMs] as const),
      ...Array.from(now.values(), (point) => [point, timestampMs] as const),
    ];
  }

  /** Those of a metric that have never counted anything. */
  #silent(metric: Metric): ReadonlySet<string> {
    const silent = new Set<string>();
    const counting = new Set<string>();
    for (const sample of metric.values as readonly Sample[]) {
      const key = keyOf(metric, sample);
      if (this.#risen.has(key) || !isSparse(metric, sample) || sample.value !== 0)
        counting.add(key);
      else silent.add(key);
    }
    return silent.difference(counting);
  }

  #remember(metric: Metric): void {
    for (const sample of metric.values as readonly Sample[]) {
      if (sample.value !== 0 && isSparse(metric, sample)) this.#risen.add(keyOf(metric, sample));
    }
  }

  #add(points: Points, { name }: Metric, sample: Sample, value: number): void {
    const [measurement, field] = splitName(sample.metricName ?? name, this.#service);
    const tags = tagsOf(sample.labels, this.#instance);
    const key = `${measurement} ${JSON.stringify(tags)}`;
    let point = points.get(key);
    if (!point) {
      point = { measurement, tags, fields: {} };
      points.set(key, point);
    }
    point.fields[field] = value;
  }
}

/** Histograms, and counters by label: others share a line with what is told anyway. */
function isSparse({ type }: Metric, { labels }: Sample): boolean {
  if (String(type) === 'histogram') return true;
  return (
    String(type) === 'counter' && Object.keys(labels).some((label) => !COMMON_LABELS.has(label))
  );
}

/** A counter, or all parts of a histogram. */
function keyOf({ name }: Metric, { labels }: Sample): string {
  const { le: _, ...others } = labels;
  return `${name} ${JSON.stringify(tagsOf(others, ''))}`;
}

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
