import type {
  BusySeries,
  CatalogueMeasurement,
  CataloguePart,
  MeasurementPart,
  TagSummary,
  TagValue,
  TimeWindow,
} from '@overseer/shared';
import type { ShapeTexts } from './shape-texts.ts';

const HOUR_MS = 3_600_000;
/** Names of the windows in which recent rows are counted, in their order. */
const RECENT_WINDOWS = ['1m', '10m'] as const;

type RecentWindow = (typeof RECENT_WINDOWS)[number];

/** The catalogue as JSON: databases, their measurements, and of each field the metric that it is. */
export class CatalogueJson {
  /** Measurements by database, each as JSON. */
  readonly #databases = new Map<string, string[]>();
  /** Of the only measurement that is asked for. */
  #details: MeasurementDetails | undefined;
  #recentWindows: readonly TimeWindow[] = [];
  #seriesNewWindow: TimeWindow = { fromMs: 0, toMs: 0 };

  /** @param mayRead whether a database is to be shown at all */
  constructor(
    private readonly shapes: ShapeTexts,
    private readonly mayRead: (database: string) => boolean,
  ) {}

  /** Adds what the store tells of the only measurement that is asked for; before the measurement itself. */
  addDetails({ tags, values = [], busiest }: MeasurementPart): void {
    const details = this.#details ?? { tags: [], values: [], busiest: [] };
    details.values.push(...values);
    this.#details = { ...details, ...(tags && { tags }), ...(busiest && { busiest }) };
  }

  /** Adds a part; gives its length. */
  add({ databases, measurements, recentWindows, seriesNewWindow }: CataloguePart): number {
    this.#recentWindows = recentWindows ?? this.#recentWindows;
    this.#seriesNewWindow = seriesNewWindow ?? this.#seriesNewWindow;
    for (const name of databases ?? []) {
      if (this.mayRead(name)) this.#measurements(name);
    }
    let length = 0;
    for (const measurement of measurements) {
      if (!this.mayRead(measurement.db)) continue;
      const figures = JSON.stringify(this.#figuresOf(measurement));
      const json = `{${this.shapes.of(measurement)},${figures.slice(1)}`;
      this.#measurements(measurement.db).push(json);
      length += json.length;
    }
    return length;
  }

  *pieces(): Generator<string> {
    const rowsPerSecond = byWindow((i) => this.#recentWindows[i] ?? null);
    const windows = { rowsPerSecond, seriesNew: this.#seriesNewWindow };
    yield `{"status":"success","data":{"windows":${JSON.stringify(windows)},"databases":[`;
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

  #figuresOf(measurement: CatalogueMeasurement) {
    const { rows, merged, seriesNew, recentRows } = measurement;
    return {
      seriesCount: measurement.seriesCount,
      seriesNew,
      seriesNewPerHour: perTime(seriesNew, HOUR_MS, this.#seriesNewWindow),
      rows,
      rowsPerSecond: byWindow((i) => perTime(recentRows[i] ?? 0, 1000, this.#recentWindows[i])),
      mergedRows: merged,
      lateShare: rows === 0 ? null : merged / rows,
      countedSinceMs: measurement.countedSinceMs,
      firstWriteMs: measurement.firstWriteMs,
      lastWriteMs: measurement.lastWriteMs,
      newestMs: measurement.newestMs,
      ...(this.#details && detailsJson(this.#details)),
    };
  }
}

interface MeasurementDetails {
  readonly tags: readonly TagSummary[];
  readonly values: TagValue[];
  readonly busiest: readonly BusySeries[];
}

function detailsJson({ tags, values, busiest }: MeasurementDetails) {
  const byKey = Map.groupBy(values, ({ key }) => key);
  const valuesOf = (key: string) =>
    (byKey.get(key) ?? []).map(({ value, seriesCount }) => ({ value, seriesCount }));
  return {
    tags: tags.map((tag) => ({ ...tag, values: valuesOf(tag.key) })),
    busiest: busiest.map((series) => ({
      ...series,
      rowsPerSecond: perTime(series.rows, 1000, series),
    })),
  };
}

function byWindow<T>(read: (index: number) => T): Readonly<Record<RecentWindow, T>> {
  const entries = RECENT_WINDOWS.map((name, i) => [name, read(i)] as const);
  return Object.fromEntries(entries) as Record<RecentWindow, T>;
}

/** How many in a time of this length; null: nothing is known of any time. */
function perTime(count: number, lengthMs: number, window: TimeWindow | undefined): number | null {
  const windowMs = window ? window.toMs - window.fromMs : 0;
  return windowMs > 0 ? (count * lengthMs) / windowMs : null;
}
