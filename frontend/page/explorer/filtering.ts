import type { Labels } from '@overseer/shared/queries';
import { graphOf } from '../../model/panel-spec.ts';
import type { CatalogueMeasurement } from '../catalogue/catalogue.ts';
import { firstPickable, isPickable } from '../catalogue/tree.ts';
import { addFilter } from '../expression/add-filter.ts';
import { metricSelector } from '../expression/metric-selector.ts';
import type { Session } from '../session.ts';

/** Fixes a tag of a measurement to a value in the queries that are of it; where none is, its first field is drawn. */
export function filterBy(
  session: Session,
  measurement: CatalogueMeasurement,
  label: string,
  value: string,
): void {
  const { queries } = session.view.peek().panel;
  const metrics = metricsOf(measurement);
  const filtered = queries.map(({ expr }) => addFilter(expr, metrics, label, value));
  if (filtered.every((expr) => expr === undefined)) {
    showSeries(session, measurement, { [label]: value });
    return;
  }
  session.showQueries(
    queries.map((query, index) => ({ ...query, expr: filtered[index] ?? query.expr })),
  );
}

/** Draws the first field of a measurement, of the series that have those labels. */
export function showSeries(
  session: Session,
  measurement: CatalogueMeasurement,
  labels: Labels,
): void {
  const field = firstPickable([measurement]);
  if (!field) return;
  const metrics = metricsOf(measurement);
  const expr = Object.entries(labels).reduce(
    (selector, [label, value]) => addFilter(selector, metrics, label, value) ?? selector,
    metricSelector(field.metric),
  );
  session.showQueries(graphOf(expr).queries);
}

function metricsOf({ fields }: CatalogueMeasurement): ReadonlySet<string> {
  return new Set(fields.filter(isPickable).map(({ metric }) => metric));
}
