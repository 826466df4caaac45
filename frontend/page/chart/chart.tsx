import { type ReadonlySignal, useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { moveToMark } from '../annotations/mark-keys.ts';
import { MARK_REACH_PX, MarkLayer } from '../annotations/mark-layer.tsx';
import { formatTime } from '../format.ts';
import { nameOf } from '../labels.ts';
import type { Panel } from '../panel/panel.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { formatQuantity } from '../units/quantity.ts';
import { colourOf } from './colours.ts';
import { FollowedMarks } from './followed-marks.tsx';
import { moveByKey } from './keys.ts';
import { type Readings, readAt } from './nearest.ts';
import { linesPicture, type Picture, stackPicture } from './picture.ts';
import type { Plot } from './plot.ts';
import { Tooltip } from './tooltip.tsx';
import { useCursor } from './use-cursor.ts';
import { usePlot } from './use-plot.ts';

/** How far from the pointer a point may be and still be meant. */
const REACH_PX = 12;

/** Lines or areas of the series that are shown, as the panel wants them. */
function usePicture({ session, panel }: PanelProps): ReadonlySignal<Picture> {
  return useComputed(() => {
    const isDark = session.theme.isDark.value;
    const spec = panel.spec.value;
    const make = spec.view === 'stacked' ? stackPicture : linesPicture;
    return make(panel.visibleRows.value, spec, ({ colour }) => colourOf(colour, isDark));
  });
}

/** The canvas, and what moves above it: line and dot at the place, and the tooltip. */
export function Chart({ session, panel }: PanelProps) {
  const surface = useRef<HTMLDivElement>(null);
  const picture = usePicture({ session, panel });
  const plot = usePlot(session, panel, surface, picture);
  const readings = useComputed(() => plot.value && readPlace(panel, plot.value));
  useCursor(session, panel);
  return (
    // An application: arrow keys move through the chart instead of the page.
    <div
      class="chart"
      data-testid="chart"
      role="application"
      aria-label={`Chart of ${panel.text.value}. Left and right move through time, up and down through series, M to the next mark, N writes a note, Enter pins, Escape leaves.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: role application is interactive
      tabIndex={0}
      onBlur={() => {
        panel.chart.pointed.value = undefined;
      }}
      onKeyDown={(event) => {
        // Keys of the buttons in it are theirs.
        if (event.target !== event.currentTarget) return;
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const props = { session, panel };
        const reachMs = MARK_REACH_PX * (plot.peek()?.msPerPixel ?? 0);
        const isKnown =
          moveByKey(event.key, event.shiftKey, props, readings.peek()) ||
          moveToMark(event.key, props, reachMs);
        if (isKnown) event.preventDefault();
      }}
    >
      <div class="chart-surface" ref={surface} />
      {plot.value && readings.value && (
        <Marks session={session} panel={panel} plot={plot.value} readings={readings.value} />
      )}
      {plot.value && !readings.value && (
        <FollowedMarks
          session={session}
          panel={panel}
          plot={plot.value}
          reachMs={REACH_PX * plot.value.msPerPixel}
        />
      )}
      {plot.value && <MarkLayer session={session} panel={panel} plot={plot.value} />}
      <p class="visually-hidden" aria-live="polite">
        {readings.value && <Spoken panel={panel} readings={readings.value} />}
      </p>
    </div>
  );
}

function readPlace({ chart, visibleRows }: Panel, plot: Plot): Readings | undefined {
  chart.drawCount.value;
  const place = chart.place.value;
  if (!place) return undefined;
  return readAt(visibleRows.value, place, REACH_PX * plot.msPerPixel, plot.picture);
}

interface MarksProps extends PanelProps {
  readonly plot: Plot;
  readonly readings: Readings;
}

function Marks({ session, panel, plot, readings }: MarksProps) {
  const { timeMs, nearest } = readings;
  const { x, y } = plot.positionOf({ timeMs, value: nearest.height });
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
        panel={panel}
        readings={readings}
        isPinned={panel.chart.pinned.value !== undefined}
        side={x > left + width / 2 ? 'left' : 'right'}
      />
    </div>
  );
}

function Spoken({ panel, readings }: { readonly panel: Panel; readonly readings: Readings }) {
  const { nearest, timeMs } = readings;
  const { row, value, extremes = [value] } = nearest;
  const name = nameOf(row, panel.naming.value);
  const told = extremes.map((extreme) => formatQuantity(extreme, panel.spec.value.unit));
  return <>{`${formatTime(timeMs, timeMs)} ${name} ${told.join(' to ')}`}</>;
}
