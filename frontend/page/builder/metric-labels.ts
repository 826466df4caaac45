import type { CatalogueMeasurement } from '../catalogue/catalogue.ts';

/** The labels that series of a metric can have, sorted; of every metric when it is empty. */
export function labelsOf(
  measurements: readonly CatalogueMeasurement[],
  metric: string,
): readonly string[] {
  const having = measurements.filter(
    ({ fields }) => metric === '' || fields.some((field) => field.metric === metric),
  );
  return [...new Set(having.flatMap(({ tagKeys }) => tagKeys))].sort();
}
