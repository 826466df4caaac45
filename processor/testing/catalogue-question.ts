import {
  ask,
  type Bus,
  CATALOGUE_SUBJECT,
  type CataloguePart,
  type MeasurementSummary,
} from '@overseer/shared';

export interface CatalogueAnswer {
  readonly databases: readonly string[];
  readonly measurements: readonly MeasurementSummary[];
  readonly parts: number;
}

/** Asks for the catalogue as the frontend does. */
export async function askCatalogue(bus: Bus, db?: string): Promise<CatalogueAnswer> {
  const parts: CataloguePart[] = [];
  for await (const part of ask(bus, CATALOGUE_SUBJECT, db === undefined ? {} : { db })) {
    parts.push(part as CataloguePart);
  }
  return {
    databases: parts[0]?.databases ?? [],
    measurements: parts.flatMap(({ measurements }) => measurements),
    parts: parts.length,
  };
}
