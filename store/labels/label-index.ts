import { type Labels, metricCandidates, metricName } from '@overseer/shared';
import type { Table, TableField } from '../catalogue.ts';
import type { Matcher } from '../promql/series-source.ts';
import { type LabelTest, labelTest } from './label-test.ts';
import { MeasurementSeries } from './measurement-series.ts';
import { StringTable } from './string-table.ts';

/** The label that is the metric's name. */
export const METRIC_LABEL = '__name__';

/** A field that is a metric: strings are none. */
export interface Metric {
  readonly name: string;
  readonly field: TableField;
}

/** A measurement with what is known of it. */
export interface Measured {
  readonly table: Table;
  readonly metrics: readonly Metric[];
  readonly series: MeasurementSeries;
}

/** Series of one measurement that were selected, each with every metric. */
export interface SelectedSeries {
  readonly measured: Measured;
  readonly metrics: readonly Metric[];
  /** Their numbers in the measurement, ascending. */
  readonly numbers: Uint32Array;
}

/**
 * Every series of every database by its labels, in memory. It is filled from PostgreSQL (`SeriesFeed`) and asked synchronously. Series
 * and texts are only ever added; databases and tables are what was set last.
 *
 * A million series of ten tags, one of them with a million values, measured: 92 MB of ids and columns, 210 MB with the texts; read from
 * PostgreSQL in 4 s. Matchers take 2 to 16 ms; a pattern for the tag with a million values 17 to 50 ms the first time, 5 ms after that.
 */
export class LabelIndex {
  readonly #strings = new StringTable();
  readonly #series = new Map<number, MeasurementSeries>();
  #databases: ReadonlyMap<string, ReadonlyMap<string, Measured>> = new Map();

  /** Adds a series by the halves of its id, whether or not its table is known yet. */
  addSeries(
    tableId: number,
    low: number,
    high: number,
    tags: Readonly<Record<string, string>>,
  ): void {
    this.#seriesOf(tableId).add(low, high, tags);
  }

  /**
   * As `addSeries`, from the tags as PostgreSQL writes a jsonb.
   * @param createdMs when it was registered, milliseconds since 1970
   * @throws SyntaxError when it is none
   */
  addText(tableId: number, low: number, high: number, tags: Uint8Array, createdMs: number): void {
    this.#seriesOf(tableId).addText(low, high, tags, createdMs);
  }

  /** For a measurement whose series are read anew. */
  emptySeries(): MeasurementSeries {
    return new MeasurementSeries(this.#strings);
  }

  /** Takes the place of a measurement's series, for selections after the tables are set next. */
  replaceSeries(tableId: number, series: MeasurementSeries): void {
    this.#series.set(tableId, series);
  }

  /** Sets which databases and tables there are; series of others are forgotten. */
  setTables(databases: Iterable<string>, tables: Iterable<Table>): void {
    const known = new Map<string, Map<string, Measured>>();
    for (const database of databases) known.set(database, new Map());
    const ids = new Set<number>();
    for (const table of tables) {
      ids.add(table.id);
      known.get(table.database)?.set(table.measurement, {
        table,
        metrics: metricsOf(table),
        series: this.#seriesOf(table.id),
      });
    }
    for (const id of this.#series.keys()) {
      if (!ids.has(id)) this.#series.delete(id);
    }
    this.#databases = known;
  }

  /** Sorted. */
  databases(): string[] {
    return [...this.#databases.keys()].sort();
  }

  hasDatabase(db: string): boolean {
    return this.#databases.has(db);
  }

  /** Of a database, or of all. */
  *measurements(db?: string): Generator<Measured> {
    for (const [name, measurements] of this.#databases) {
      if (db === undefined || name === db) yield* measurements.values();
    }
  }

  /** Of all measurements. */
  get seriesCount(): number {
    let count = 0;
    for (const series of this.#series.values()) count += series.size;
    return count;
  }

  /** Memory held by ids and columns, in bytes; texts come on top. */
  get bytes(): number {
    let bytes = 0;
    for (const series of this.#series.values()) bytes += series.bytes;
    return bytes;
  }

  /** Distinct texts: tag values. */
  get textCount(): number {
    return this.#strings.size;
  }

  measurement(db: string, name: string): Measured | undefined {
    return this.#databases.get(db)?.get(name);
  }

  /** A text by its number. */
  text(number: number): string {
    return this.#strings.text(number);
  }

  /** What fits every matcher. @throws AnswerError bad_data, limit: of a pattern */
  select(db: string, matchers: readonly Matcher[]): SelectedSeries[] {
    const tests = matchers.map(labelTest);
    const ofName = tests.filter((test) => test.name === METRIC_LABEL);
    const ofTags = tests.filter((test) => test.name !== METRIC_LABEL);
    const selected: SelectedSeries[] = [];
    for (const [measured, metrics] of this.#metrics(db, ofName)) {
      const numbers = measured.series.select(ofTags);
      if (numbers.length > 0) selected.push({ measured, metrics, numbers });
    }
    return selected;
  }

  /** The metrics whose names pass, by measurement. Names that are told are looked up, others searched for. */
  #metrics(db: string, tests: readonly LabelTest[]): Map<Measured, Metric[]> {
    const named = tests.find((test) => test.values && !test.isNegated)?.values;
    const candidates = named ? this.#named(db, named) : this.#all(db);
    const found = new Map<Measured, Metric[]>();
    for (const [measured, metric] of candidates) {
      if (!tests.every((test) => test.passes(metric.name))) continue;
      const metrics = found.get(measured);
      if (metrics) metrics.push(metric);
      else found.set(measured, [metric]);
    }
    return found;
  }

  *#named(db: string, names: Iterable<string>): Generator<[Measured, Metric]> {
    const measurements = this.#databases.get(db);
    for (const name of names) {
      for (const { measurement, field } of metricCandidates(name)) {
        const measured = measurements?.get(measurement);
        const metric = measured?.metrics.find((each) => each.field.name === field);
        if (measured && metric) yield [measured, metric];
      }
    }
  }

  *#all(db: string): Generator<[Measured, Metric]> {
    for (const measured of this.#databases.get(db)?.values() ?? []) {
      for (const metric of measured.metrics) yield [measured, metric];
    }
  }

  #seriesOf(tableId: number): MeasurementSeries {
    let series = this.#series.get(tableId);
    if (!series) {
      series = new MeasurementSeries(this.#strings);
      this.#series.set(tableId, series);
    }
    return series;
  }
}

function metricsOf(table: Table): Metric[] {
  return [...table.fields.values()]
    .filter((field) => field.type !== 'string')
    .map((field) => ({ name: metricName(table.measurement, field.name), field }));
}

/** Labels of a measurement's series as metrics, in the order of the selection: metric by metric, each with every series. */
export function* labelsOf({ measured, metrics, numbers }: SelectedSeries): Generator<Labels> {
  const { series } = measured;
  const columns = series.tagKeys.map((key) => [key, series.column(key)] as const);
  for (const { name } of metrics) {
    for (const number of numbers) {
      const labels: Record<string, string> = { [METRIC_LABEL]: name };
      for (const [key, column] of columns) {
        const value = column?.value(number);
        if (value) labels[key] = value;
      }
      yield labels;
    }
  }
}
