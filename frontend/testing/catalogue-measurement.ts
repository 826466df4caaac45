import type { CatalogueMeasurement } from '@overseer/shared';

/** A measurement as the processor answers it; what a test does not tell is of little. */
export function catalogueMeasurement(
  told: Partial<CatalogueMeasurement> & Pick<CatalogueMeasurement, 'db' | 'name'>,
): CatalogueMeasurement {
  return {
    fields: [],
    tagKeys: [],
    tagValueCounts: [],
    seriesCount: 1,
    seriesNew: 0,
    newestMs: null,
    firstWriteMs: null,
    lastWriteMs: null,
    rows: 0,
    merged: 0,
    countedSinceMs: null,
    recentRows: [0, 0],
    ...told,
  };
}
