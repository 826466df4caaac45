import type { Labels } from '@overseer/shared/queries';
import type { CatalogueMeasurement } from '../catalogue/catalogue.ts';

/** As `/api/v1/catalogue?measurement=` has it (docs/api.md); times are milliseconds since 1970. */
export interface MeasurementDetails extends CatalogueMeasurement {
  readonly tagValueCounts: Readonly<Record<string, number>>;
  readonly seriesNew: number;
  readonly seriesNewPerHour: number | null;
  readonly rows: number;
  readonly lateShare: number | null;
  readonly countedSinceMs: number;
  readonly rowsPerSecond: Readonly<Record<'1m' | '10m', number | null>>;
  readonly firstWriteMs: number | null;
  readonly tags: readonly TagDetails[];
  readonly busiest: readonly BusySeries[];
}

export interface TagDetails {
  readonly key: string;
  readonly valueCount: number;
  readonly seriesCount: number;
  /** Those that most series have. */
  readonly values: readonly TagValue[];
}

export interface TagValue {
  readonly value: string;
  readonly seriesCount: number;
}

export interface BusySeries {
  readonly labels: Labels;
  readonly rowsPerSecond: number | null;
}

/** Of the answer for one measurement. */
export interface CatalogueAnswer {
  readonly databases: readonly { readonly measurements: readonly MeasurementDetails[] }[];
}

/** Values of each tag that are asked for: as many as the server gives. */
export const TAG_VALUES_MAX = 1000;

export function detailsPath(db: string, measurement: string): string {
  const parameters = new URLSearchParams({ measurement, values: String(TAG_VALUES_MAX) });
  return `/db/${encodeURIComponent(db)}/api/v1/catalogue?${parameters}`;
}

/** As `/api/v1/status/tsdb` has it. */
export interface Cardinality {
  readonly headStats: { readonly numSeries: number; readonly numLabelPairs: number };
  readonly seriesCountByMetricName: readonly NamedCount[];
  readonly labelValueCountByLabelName: readonly NamedCount[];
  readonly seriesCountByLabelValuePair: readonly NamedCount[];
}

export interface NamedCount {
  readonly name: string;
  readonly value: number;
}

/** Entries of each list. */
const CARDINALITY_LIMIT = 20;

export function cardinalityPath(db: string): string {
  return `/db/${encodeURIComponent(db)}/api/v1/status/tsdb?limit=${CARDINALITY_LIMIT}`;
}
