import type { Panel } from '../panel/panel.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { valueAt } from '../series/series-columns.ts';
import type { ChartState } from './chart-state.ts';
import { nextStep, type Readings } from './nearest.ts';

/** Steps that an arrow moves while Shift is held. */
const STRIDE_STEPS = 10;

/**
 * What a key does to the chart.
 * @param readings what the chart has at its place; undefined: the place is nowhere yet
 * @returns whether the key means anything here
 */
export function moveByKey(
  key: string,
  isStriding: boolean,
  { session, panel }: PanelProps,
  readings: Readings | undefined,
): boolean {
  const state = panel.chart;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      moveThroughTime(key === 'ArrowLeft' ? -1 : 1, isStriding, panel, readings);
      return true;
    case 'ArrowUp':
    case 'ArrowDown':
      moveThroughSeries(key === 'ArrowUp' ? -1 : 1, state, readings);
      return true;
    case 'Enter':
    case ' ': {
      const place = state.place.peek();
      if (place) state.togglePin(place);
      return true;
    }
    case 'Escape':
      if (state.place.peek()) state.leave();
      else session.time.zoomOut();
      return true;
    default:
      return false;
  }
}

function moveThroughTime(
  direction: 1 | -1,
  isStriding: boolean,
  panel: Panel,
  readings: Readings | undefined,
): void {
  const row = readings?.nearest.row ?? panel.visibleRows.peek()[0];
  if (!row) return;
  const { times, stepMs } = row.columns;
  let timeMs = readings?.timeMs ?? (times.at(-1) ?? 0) + stepMs;
  // From nowhere, either direction leads to the newest point.
  const towards = readings ? direction : -1;
  for (let step = 0; step < (isStriding ? STRIDE_STEPS : 1); step++) {
    timeMs = nextStep(row, timeMs, towards) ?? timeMs;
  }
  const value = valueAt(row, timeMs);
  if (value !== undefined) panel.chart.moveTo({ timeMs, value, rowId: row.id });
}

/** Readings are in the order in which they are drawn, from top to bottom. */
function moveThroughSeries(
  direction: 1 | -1,
  state: ChartState,
  readings: Readings | undefined,
): void {
  if (!readings) return;
  const current = readings.readings.findIndex(({ row }) => row === readings.nearest.row);
  const next = readings.readings[current + direction];
  if (!next) return;
  state.moveTo({ timeMs: readings.timeMs, value: next.height, rowId: next.row.id });
}
