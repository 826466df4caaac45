import { type FieldType, metricName } from '@overseer/shared';
import type { TestSeries } from './memory-source.ts';
import type { Random } from './random.ts';

/** One field of a series of points, as it is written. */
export interface TestField {
  readonly measurement: string;
  readonly field: string;
  /** Float when absent; of a boolean 1 is true. */
  readonly type?: Exclude<FieldType, 'string'>;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export interface SampleDataOptions {
  readonly startMs: number;
  readonly durationMs: number;
  readonly hosts: number;
  /** NaN and infinities among the values of gauges; line protocol has none. */
  readonly isNonFinite?: boolean;
  /** No time is a full second, and counters stay far from 0. */
  readonly isPlain?: boolean;
  /** Points of several fields too, none of them a float. */
  readonly hasTypes?: boolean;
}

export const GAUGES: readonly [string, ...string[]] = ['cpu_usage_idle', 'temperature'];
export const COUNTERS: readonly [string, ...string[]] = ['net_bytes_sent', 'requests'];

const FIELDS = [
  { measurement: 'cpu', field: 'usage_idle', isCounter: false },
  { measurement: 'temperature', field: 'value', isCounter: false },
  { measurement: 'net', field: 'bytes_sent', isCounter: true },
  { measurement: 'requests', field: 'value', isCounter: true },
];
/** What there is with `hasTypes` besides; of several hosts values can be the same. */
export const TYPED_GAUGES: readonly [string, ...string[]] = [
  'disk_free',
  'disk_files',
  'disk_healthy',
];
/** Of buckets: a counter for each bound. */
export const HISTOGRAM = 'latency_bucket';
const BOUNDS = ['0.1', '0.5', '2.5', '+Inf'];
const INTERVAL_MS = 10_000;
const FAR_FROM_ZERO = 1e6;
/** Where e^x is still far from infinite: Go's `exp` has its own opinion from 709.4 on, which differs with the processor. */
const [GAUGE_MIN, GAUGE_MAX] = [20, 600];

/** Every field for every host: at full seconds or not, with gaps, beginning late or ending early, counters with resets. */
export function generateData(random: Random, options: SampleDataOptions): TestField[] {
  const fields = [...generateFields(random, options), ...generateHistograms(random, options)];
  return options.hasTypes ? [...fields, ...generateTyped(random, options)] : fields;
}

/** For every host an integer, an unsigned one and a boolean, at the same times. */
function generateTyped(random: Random, options: SampleDataOptions): TestField[] {
  return Array.from({ length: options.hosts }, (_, host): TestField[] => {
    const times = generateTimes(random, options);
    const point = { measurement: 'disk', tags: tagsOf(host), times };
    const valuesOf = (next: () => number) => times.map(next);
    return [
      {
        ...point,
        field: 'free',
        type: 'integer',
        values: valuesOf(() => random.integer(4e9) - 2e9),
      },
      {
        ...point,
        field: 'files',
        type: 'unsigned',
        values: valuesOf(() => random.integer(2 ** 40)),
      },
      { ...point, field: 'healthy', type: 'boolean', values: valuesOf(() => random.integer(2)) },
    ];
  }).flat();
}

/** For every host buckets that are counted at the same times. */
function generateHistograms(random: Random, options: SampleDataOptions): TestField[] {
  return Array.from({ length: options.hosts }, (_, host) => {
    const times = generateTimes(random, options);
    const counts: number[] = BOUNDS.map(() => (options.isPlain ? FAR_FROM_ZERO : 0));
    const rows = times.map(() => {
      counts.forEach((count, i) => {
        counts[i] = count + random.integer(5);
      });
      return counts.map((_count, i) => counts.slice(0, i + 1).reduce((sum, n) => sum + n, 0));
    });
    return BOUNDS.map((le, i) => ({
      measurement: 'latency',
      field: 'bucket',
      tags: { ...tagsOf(host), le },
      times,
      values: rows.map((row) => row[i] ?? 0),
    }));
  }).flat();
}

function tagsOf(host: number) {
  return {
    host: `host-${host}`,
    region: host % 3 === 0 ? 'Köln, "☃" = 東京 🜂' : 'us',
    rack: `${host % 2}`,
  };
}

function generateFields(random: Random, options: SampleDataOptions): TestField[] {
  return FIELDS.flatMap(({ measurement, field, isCounter }) =>
    Array.from({ length: options.hosts }, (_, host) => {
      const times = generateTimes(random, options);
      return {
        measurement,
        field,
        tags: tagsOf(host),
        times,
        values: isCounter
          ? generateCounter(random, times.length, options.isPlain === true)
          : generateGauge(random, times.length, options.isNonFinite === true),
      };
    }),
  );
}

/** The series that the fields are. */
export function seriesOf(fields: readonly TestField[]): TestSeries[] {
  return fields.map(({ measurement, field, tags, times, values }) => ({
    labels: { __name__: metricName(measurement, field), ...tags },
    times,
    values,
  }));
}

/** The fields in the OpenMetrics text format: metric by metric, times in seconds. */
export function openMetricsOf(fields: readonly TestField[]): string {
  const series = seriesOf(fields).toSorted((a, b) =>
    String(a.labels.__name__) < String(b.labels.__name__) ? -1 : 1,
  );
  const lines = series.flatMap(({ labels: { __name__: metric, ...labels }, times, values }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return times.map((time, i) => `${metric}{${pairs.join(',')}} ${values[i]} ${time / 1000}`);
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

function generateTimes(
  random: Random,
  { startMs, durationMs, isPlain }: SampleDataOptions,
): number[] {
  const isAligned = random.once(2);
  const fromMs = random.once(4) ? startMs + random.integer(durationMs / 4) : startMs;
  const untilMs = startMs + durationMs - (random.once(4) ? random.integer(durationMs / 4) : 0);
  const times: number[] = [];
  let missing = 0;
  for (let time = startMs; time < untilMs; time += INTERVAL_MS) {
    if (missing === 0 && random.once(60)) missing = random.integer(50);
    if (missing > 0) missing--;
    else if (time >= fromMs) times.push(isAligned ? time : time + random.integer(INTERVAL_MS));
  }
  if (isPlain) return times.map((time) => Math.floor(time / 1000) * 1000 + 1 + random.integer(998));
  return times;
}

/** Quarters, so that their sums and differences are exact. */
function generateCounter(random: Random, count: number, isPlain: boolean): number[] {
  let value = random.integer(4000) / 4 + (isPlain ? FAR_FROM_ZERO : 0);
  return Array.from({ length: count }, () => {
    value = !isPlain && random.once(40) ? random.integer(8) / 4 : value + random.integer(400) / 4;
    return value;
  });
}

function generateGauge(random: Random, count: number, isNonFinite: boolean): number[] {
  const isConstant = random.once(6);
  const middle = GAUGE_MIN + random.fraction() * (GAUGE_MAX - GAUGE_MIN);
  return Array.from({ length: count }, () => {
    if (isNonFinite && random.once(12)) {
      return random.pick([Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, -Infinity]);
    }
    return isConstant ? middle : middle + random.fraction() * 20;
  });
}
