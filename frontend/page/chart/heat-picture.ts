import type { UnitName } from '../../model/panel-spec.ts';
import type { SeriesRow } from '../series/series-columns.ts';
import { formatQuantity } from '../units/quantity.ts';
import { HEAT_TOKENS, heatColours, heatOf } from './heat-colours.ts';
import type { HeatGrid } from './heat-grid.ts';
import { visibleSteps } from './lines.ts';
import type { Picture } from './picture.ts';
import type { PictureFrame } from './picture-frame.ts';
import type { ValueAxis } from './value-axis.ts';

/** Cells of time and bucket, the more in them the stronger. Buckets are equally high, whatever they reach over. */
export function heatPicture(
  rows: readonly SeriesRow[],
  grid: HeatGrid | undefined,
  unit: UnitName,
): Picture {
  return {
    axis: bucketAxis(grid?.edges ?? [], unit),
    rows,
    bounds: () => (grid && grid.largest > 0 ? [0, grid.edges.length] : undefined),
    draw: (context, frame) => (grid ? drawCells(context, frame, grid) : 0),
    leftOutCount: () => 0,
    spansAt: () => () => undefined,
  };
}

/** Bucket n is from n to n + 1; ticks are the edges between them. */
function bucketAxis(edges: readonly number[], unit: UnitName): ValueAxis {
  return {
    scaleOf: (bucket) => bucket,
    valueOf: (place) => place,
    range: () => [0, Math.max(1, edges.length)],
    ticks(_from, _to, countMax) {
      const stride = Math.max(1, Math.ceil(edges.length / countMax));
      return edges
        .map((edge, bucket) => ({ at: bucket + 1, text: formatQuantity(edge, unit) }))
        .filter(({ at }) => (edges.length - at) % stride === 0);
    },
  };
}

/** @returns cells drawn */
function drawCells(
  context: CanvasRenderingContext2D,
  { fromMs, toMs, xOf, yOf, token }: PictureFrame,
  { times, stepMs, counts, largest }: HeatGrid,
): number {
  const colours = heatColours(HEAT_TOKENS.map(token));
  const [from, to] = visibleSteps(times, fromMs, toMs);
  let cellCount = 0;
  counts.forEach((bucket, index) => {
    const top = Math.round(yOf(index + 1));
    // A hair between buckets keeps them apart.
    const height = Math.max(1, Math.round(yOf(index)) - top - 1);
    for (let step = from; step < to; step++) {
      const count = bucket[step] ?? 0;
      if (!(count > 0)) continue;
      const timeMs = times[step] ?? 0;
      const left = Math.round(xOf(timeMs - stepMs));
      const width = Math.max(1, Math.round(xOf(timeMs)) - left);
      context.fillStyle =
        colours[Math.round(heatOf(count, largest) * (colours.length - 1))] ?? '#808080';
      context.fillRect(left, top, width, height);
      cellCount++;
    }
  });
  return cellCount;
}
