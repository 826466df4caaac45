import { SYSTEM_DATABASE } from '@overseer/shared/system-database';
import type { CatalogueDatabase, CatalogueField, CatalogueMeasurement } from './catalogue.ts';

/** Rows that the tree shows at once; a search finds the others. */
const ROWS_MAX = 400;

/** A tree with so few fields is open from the start: there is nothing to be gained by clicking. */
const OPEN_FIELDS_MAX = 80;

export interface MeasurementRow {
  readonly kind: 'measurement';
  /** The measurement's name. No other row has it, whatever dots there are in names. */
  readonly id: string;
  readonly measurement: CatalogueMeasurement;
  readonly isOpen: boolean;
}

export interface FieldRow {
  readonly kind: 'field';
  readonly id: string;
  readonly measurement: CatalogueMeasurement;
  readonly field: CatalogueField;
}

export type TreeRow = MeasurementRow | FieldRow;

export interface Tree {
  readonly rows: readonly TreeRow[];
  /** Rows beyond the limit. */
  readonly hiddenCount: number;
}

export interface TreeOptions {
  readonly search: string;
  /** Measurements that the user opened (true) or closed (false). */
  readonly opened: ReadonlyMap<string, boolean>;
}

/** The rows that are to be seen, from top to bottom. */
export function layOutTree(
  measurements: readonly CatalogueMeasurement[],
  { search, opened }: TreeOptions,
): Tree {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fieldCount = measurements.reduce((sum, { fields }) => sum + fields.length, 0);
  const isOpenByDefault = words.length > 0 || fieldCount <= OPEN_FIELDS_MAX;
  const rows = measurements.flatMap((measurement): TreeRow[] => {
    const fields = matchingFields(measurement, words);
    if (fields.length === 0) return [];
    const isOpen = opened.get(measurement.name) ?? isOpenByDefault;
    const id = measurement.name;
    const header: MeasurementRow = { kind: 'measurement', id, measurement, isOpen };
    return isOpen ? [header, ...fields.map((field) => fieldRow(measurement, field))] : [header];
  });
  return { rows: rows.slice(0, ROWS_MAX), hiddenCount: Math.max(0, rows.length - ROWS_MAX) };
}

function fieldRow(measurement: CatalogueMeasurement, field: CatalogueField): FieldRow {
  return { kind: 'field', id: `${measurement.name}\0${field.name}`, measurement, field };
}

/** Every word must be somewhere in the names of measurement, field and metric. */
function matchingFields(
  { name, fields }: CatalogueMeasurement,
  words: readonly string[],
): readonly CatalogueField[] {
  if (words.length === 0) return fields;
  return fields.filter((field) => {
    const text = `${name} ${field.name} ${field.metric}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Strings are no metrics: there is nothing to draw. */
export function isPickable({ type }: CatalogueField): boolean {
  return type !== 'string';
}

/** The first field that can be drawn: what a page shows that was not told what to show. */
export function firstPickable(
  measurements: readonly CatalogueMeasurement[],
): CatalogueField | undefined {
  return measurements.flatMap(({ fields }) => fields).find(isPickable);
}

/** The database that was written to last: what a page shows that was not told which. Overseer's own is written to by nobody. */
export function newestDatabase(
  databases: readonly CatalogueDatabase[],
): CatalogueDatabase | undefined {
  const newestMs = ({ measurements }: CatalogueDatabase) =>
    Math.max(0, ...measurements.map((measurement) => measurement.newestMs ?? 0));
  return databases
    .filter(({ name, measurements }) => name !== SYSTEM_DATABASE && measurements.length > 0)
    .toSorted((a, b) => newestMs(b) - newestMs(a))[0];
}

/** When the newest sample of the metrics was taken, in milliseconds since 1970; undefined: nobody knows. */
export function newestOf(
  measurements: readonly CatalogueMeasurement[],
  metrics: ReadonlySet<string>,
): number | undefined {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const measurement of measurements) {
    if (measurement.newestMs === null) continue;
    if (!measurement.fields.some(({ metric }) => metrics.has(metric))) continue;
    newestMs = Math.max(newestMs, measurement.newestMs);
  }
  return Number.isFinite(newestMs) ? newestMs : undefined;
}
