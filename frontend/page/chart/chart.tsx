import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { formatTime, formatValue } from '../format.ts';
import { distinguish } from '../labels.ts';
import type { Session } from '../session.ts';
import type { ChartState } from './chart-state.ts';
import { colourOf } from './colours.ts';
import { moveByKey } from './keys.ts';
import { type Readings, readAt } from './nearest.ts';
import type { Plot } from './plot.ts';
import { Tooltip } from './tooltip.tsx';
import { usePlot } from './use-plot.ts';

interface ChartProps {
  readonly session: Session;
  readonly state: ChartState;
}

/** How far from the pointer a point may be and still be meant. */
const REACH_PX = 12;

/** The canvas, and what moves above it: line and dot at the place, and the tooltip. */
export function Chart({ session, state }: ChartProps) {
  const surface = useRef<HTMLDivElement>(null);
  const plot = usePlot(session, state, surface);
  const readings = useComputed(() => plot.value && readPlace(session, state, plot.value));
  const expr = session.view.value.expr;
  return (
    // An application: arrow keys move through the chart instead of the page.
    <div
      class="chart"
      data-testid="chart"
      role="application"
      aria-label={`Chart of ${expr}. Left and right move through time, up and down through series, Enter pins, Escape leaves.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: role application is interactive
      tabIndex={0}
      onKeyDown={(event) => {
        if (moveByKey(event.key, event.shiftKey, session, state, readings.peek())) {
          event.preventDefault();
        }
      }}
    >
      <div class="chart-surface" ref={surface} />
      {plot.value && readings.value && (
        <Marks session={session} state={state} plot={plot.value} readings={readings.value} />
      )}
      <p class="visually-hidden" aria-live="polite">
        {readings.value && <Spoken session={session} readings={readings.value} />}
      </p>
    </div>
  );
}

function readPlace(session: Session, state: ChartState, plot: Plot): Readings | undefined {
  state.drawCount.value;
  const place = state.place.value;
  if (!place) return undefined;
  return readAt(session.visibleRows.value, place, REACH_PX * plot.msPerPixel);
}

interface MarksProps extends ChartProps {
  readonly plot: Plot;
  readonly readings: Readings;
}

function Marks({ session, state, plot, readings }: MarksProps) {
  const { timeMs, nearest } = readings;
  const { x, y } = plot.positionOf({ timeMs, value: nearest.value });
  const { left, top, width, height } = plot.area;
  // Zoomed or moved on: the place is beyond the edge.
  if (x < left - 1 || x > left + width + 1) return null;
  const colour = colourOf(nearest.row.colour, session.theme.isDark.value);
  const style = {
    '--x': `${x}px`,
    '--y': `${y}px`,
    '--top': `${top}px`,
    '--height': `${height}px`,
    '--series-colour': colour,
  };
  return (
    <div class="marks" style={style}>
      <div class="crosshair" />
      <div class="dot" />
      <Tooltip
        session={session}
        readings={readings}
        isPinned={state.pinned.value !== undefined}
        side={x > left + width / 2 ? 'left' : 'right'}
      />
    </div>
  );
}

function Spoken({ session, readings }: { readonly session: Session; readonly readings: Readings }) {
  const { nearest, timeMs } = readings;
  const name = distinguish(nearest.row.labels, session.commonLabels.value);
  return <>{`${formatTime(timeMs, timeMs)} ${name} ${formatValue(nearest.value)}`}</>;
}
