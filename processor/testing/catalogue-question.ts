import {
  ask,
  type Bus,
  CATALOGUE_SUBJECT,
  type CataloguePart,
  decodeShape,
  type MeasurementSummary,
  type TimeWindow,
} from '@overseer/shared';

export interface CatalogueAnswer {
  readonly databases: readonly string[];
  /** As the store gave them, with what events told since. */
  readonly measurements: readonly MeasurementSummary[];
  /** Of each measurement, rows in each of the windows. */
  readonly recentRows: readonly (readonly number[])[];
  readonly recentWindows: readonly TimeWindow[];
  readonly parts: number;
}

/** Asks for the catalogue as the frontend does. */
export async function askCatalogue(bus: Bus, db?: string): Promise<CatalogueAnswer> {
  const parts: CataloguePart[] = [];
  for await (const part of ask(bus, CATALOGUE_SUBJECT, db === undefined ? {} : { db })) {
    parts.push(part as CataloguePart);
  }
  const measurements = parts.flatMap((part) => part.measurements);
  return {
    databases: parts[0]?.databases ?? [],
    measurements: measurements.map(({ recentRows: _, shape, ...figures }) => ({
      ...figures,
      ...decodeShape(shape),
    })),
    recentRows: measurements.map(({ recentRows }) => recentRows),
    recentWindows: parts[0]?.recentWindows ?? [],
    parts: parts.length,
  };
}
