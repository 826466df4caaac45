import {
  type CataloguePart,
  decodeShape,
  type Field,
  type FieldType,
  metricName,
} from '@overseer/shared';

export interface MetadataOptions {
  /** Only of this metric. */
  readonly metric?: string | undefined;
  /** Metrics at the most; absent or negative: all. */
  readonly limit?: number | undefined;
  /** Entries of a metric at the most; absent, 0 or negative: all. */
  readonly limitPerMetric?: number | undefined;
}

/**
 * What is known of metrics, in the shape of Prometheus. Nobody tells whether a number is a counter or a gauge, so it is `unknown`; a boolean
 * is a gauge. A metric has as many entries as different things are told of it: two measurements can make one metric.
 */
export class MetadataJson {
  /** Entries as JSON, by metric. */
  readonly #entries = new Map<string, Set<string>>();

  constructor(private readonly options: MetadataOptions) {}

  /** Adds a part; gives its length. */
  add({ measurements }: CataloguePart): number {
    let length = 0;
    for (const { name, shape } of measurements) {
      for (const field of decodeShape(shape).fields) {
        if (field.type !== 'string') length += this.#add(name, field);
      }
    }
    return length;
  }

  *pieces(): Generator<string> {
    yield '{"status":"success","data":{';
    let separator = '';
    for (const [metric, entries] of this.#entries) {
      yield `${separator}${JSON.stringify(metric)}:[${[...entries].join(',')}]`;
      separator = ',';
    }
    yield '}}';
  }

  #add(measurement: string, field: Field): number {
    const { metric: wanted, limit = -1, limitPerMetric = 0 } = this.options;
    const metric = metricName(measurement, field.name);
    if (wanted !== undefined && metric !== wanted) return 0;
    let entries = this.#entries.get(metric);
    if (!entries) {
      if (limit >= 0 && this.#entries.size >= limit) return 0;
      entries = new Set();
      this.#entries.set(metric, entries);
    }
    if (limitPerMetric > 0 && entries.size >= limitPerMetric) return 0;
    const help = `field ${field.name} (${field.type}) of the measurement ${measurement}`;
    const json = JSON.stringify({ type: typeOf(field.type), help, unit: '' });
    entries.add(json);
    return metric.length + json.length;
  }
}

function typeOf(type: FieldType): 'gauge' | 'unknown' {
  return type === 'boolean' ? 'gauge' : 'unknown';
}
