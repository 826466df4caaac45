import type { PanelProps } from '../panel/panel-props.ts';
import { type HeatCell, type HeatGrid, newestCell } from './heat-grid.ts';

/** Steps that an arrow moves while Shift is held. */
const STRIDE_STEPS = 10;

/**
 * What a key does to a heatmap.
 * @param cell where the user is; undefined: nowhere yet
 * @returns whether the key means anything here
 */
export function moveThroughCells(
  key: string,
  isStriding: boolean,
  { session, panel: { chart } }: PanelProps,
  grid: HeatGrid | undefined,
  cell: HeatCell | undefined,
): boolean {
  const stride = isStriding ? STRIDE_STEPS : 1;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'ArrowUp':
    case 'ArrowDown': {
      if (!grid) return true;
      const moved = cell ? beside(grid, cell, key, stride) : newestCell(grid);
      if (!moved) return true;
      // In the middle of the cell: what is at its edge may be of the next one.
      const place = { timeMs: moved.timeMs - grid.stepMs / 2, value: moved.bucket + 0.5 };
      if (chart.pinned.peek()) chart.pinned.value = place;
      else chart.pointed.value = place;
      return true;
    }
    case 'Enter':
    case ' ': {
      const place = chart.place.peek();
      if (place) chart.togglePin(place);
      return true;
    }
    case 'Escape':
      if (chart.place.peek()) chart.leave();
      else session.time.zoomOut();
      return true;
    default:
      return false;
  }
}

/** The cell that many steps away, or the last one on the way there. */
function beside(
  { times, edges }: HeatGrid,
  { step, bucket }: HeatCell,
  key: string,
  stride: number,
): { readonly timeMs: number; readonly bucket: number } {
  const within = (index: number, count: number) => Math.min(count - 1, Math.max(0, index));
  const sideways = key === 'ArrowLeft' ? -stride : key === 'ArrowRight' ? stride : 0;
  const upwards = key === 'ArrowDown' ? -1 : key === 'ArrowUp' ? 1 : 0;
  return {
    timeMs: times[within(step + sideways, times.length)] ?? 0,
    bucket: within(bucket + upwards, edges.length),
  };
}
