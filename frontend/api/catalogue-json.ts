import { type CataloguePart, type MeasurementSummary, metricName } from '@overseer/shared';

/** The catalogue as JSON: databases, their measurements, and of each field the metric that it is. */
export class CatalogueJson {
  /** Measurements by database, each as JSON. */
  readonly #databases = new Map<string, string[]>();

  /** @param mayRead whether a database is to be shown at all */
  constructor(private readonly mayRead: (database: string) => boolean) {}

  /** Adds a part; gives its length. */
  add({ databases, measurements }: CataloguePart): number {
    for (const name of databases ?? []) {
      if (this.mayRead(name)) this.#measurements(name);
    }
    let length = 0;
    for (const measurement of measurements) {
      if (!this.mayRead(measurement.db)) continue;
      const json = JSON.stringify(describe(measurement));
      this.#measurements(measurement.db).push(json);
      length += json.length;
    }
    return length;
  }

  *pieces(): Generator<string> {
    yield '{"status":"success","data":{"databases":[';
    let separator = '';
    for (const [name, measurements] of this.#databases) {
      yield `${separator}{"name":${JSON.stringify(name)},"measurements":[`;
      separator = ',';
      for (const [i, measurement] of measurements.entries()) {
        yield i === 0 ? measurement : `,${measurement}`;
      }
      yield ']}';
    }
    yield ']}}';
  }

  #measurements(database: string): string[] {
    const known = this.#databases.get(database);
    if (known) return known;
    const fresh: string[] = [];
    this.#databases.set(database, fresh);
    return fresh;
  }
}

function describe(measurement: MeasurementSummary) {
  const { name, fields, tagKeys, seriesCount, newestMs, lastWriteMs } = measurement;
  return {
    name,
    fields: fields.map((field) => ({ ...field, metric: metricName(name, field.name) })),
    tagKeys,
    seriesCount,
    newestMs,
    lastWriteMs,
  };
}
