import type { SelectedSeries } from '../labels/label-index.ts';

/** Of one statement: planning takes some 0.1 ms for each time partition, and each takes a lock. */
const GROUP_MEASUREMENTS_MAX = 32;
/** More series are worth a statement of their own, whose rows are passed on before the next is asked for. */
const GROUP_SERIES_MAX = 1000;
/** Rows of several measurements are as wide as the widest: a null takes 4 bytes. */
const GROUP_METRICS_MAX = 16;

/** Measurements in their order, each few together that are small enough to be read by one statement. */
export function* scanGroups(selected: readonly SelectedSeries[]): Generator<SelectedSeries[]> {
  let group: SelectedSeries[] = [];
  let seriesCount = 0;
  for (const some of selected) {
    const added = some.metrics.length > GROUP_METRICS_MAX ? GROUP_SERIES_MAX : some.numbers.length;
    const isFull =
      group.length === GROUP_MEASUREMENTS_MAX || seriesCount + added > GROUP_SERIES_MAX;
    if (group.length > 0 && isFull) {
      yield group;
      group = [];
      seriesCount = 0;
    }
    group.push(some);
    seriesCount += added;
  }
  if (group.length > 0) yield group;
}
