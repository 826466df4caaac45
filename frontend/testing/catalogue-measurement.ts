import { type CatalogueMeasurement, encodeShape, type MeasurementShape } from '@overseer/shared';

/** What a test tells of a measurement. */
export type ToldMeasurement = Partial<CatalogueMeasurement & MeasurementShape> &
  Pick<CatalogueMeasurement, 'db' | 'name'>;

/** A measurement as the processor answers it; what a test does not tell is of little. */
export function catalogueMeasurement({
  fields = [],
  tagKeys = [],
  tagValueCounts = [],
  ...told
}: ToldMeasurement): CatalogueMeasurement {
  return {
    shape: encodeShape({ fields, tagKeys, tagValueCounts }),
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
