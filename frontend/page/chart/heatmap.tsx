import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { moveToMark } from '../annotations/mark-keys.ts';
import { MARK_REACH_PX, MarkLayer } from '../annotations/mark-layer.tsx';
import { TooltipMarks } from '../annotations/tooltip-marks.tsx';
import { formatTime, formatValue } from '../format.ts';
import type { Panel } from '../panel/panel.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { formatQuantity } from '../units/quantity.ts';
import { countOf } from './heat-colours.ts';
import { cellAt, type HeatCell, type HeatGrid, heatGrid } from './heat-grid.ts';
import { moveThroughCells } from './heat-keys.ts';
import { heatPicture } from './heat-picture.ts';
import type { Plot } from './plot.ts';
import { useCursor } from './use-cursor.ts';
import { usePlot } from './use-plot.ts';

/** Counts are told to so many digits: rates have many, and nobody reads them. */
const COUNT_DIGITS = 4;
/** Of the legend of colours: how many counts it tells. */
const LEGEND_MARKS = [0, 0.25, 0.5, 0.75, 1];
/** Functions that make of totals what came in a while. */
const CHANGE = /\b(?:rate|irate|increase|delta|idelta)\s*\(/;

/** The buckets of histograms over time, the more in them the stronger. */
export function Heatmap({ session, panel }: PanelProps) {
  const surface = useRef<HTMLDivElement>(null);
  const grid = useComputed(() => {
    panel.revision.value;
    return heatGrid(panel.visibleRows.value);
  });
  const picture = useComputed(() =>
    heatPicture(panel.visibleRows.value, grid.value, panel.spec.value.unit),
  );
  const plot = usePlot(session, panel, surface, picture);
  useCursor(session, panel);
  const cell = useComputed(() => {
    panel.chart.drawCount.value;
    const place = panel.chart.place.value;
    return place && grid.value && cellAt(grid.value, place.timeMs, place.value);
  });
  return (
    <div class="heatmap">
      <div
        class="chart"
        data-testid="heatmap"
        role="application"
        aria-label={`Heatmap of ${panel.text.value}. Left and right move through time, up and down through buckets, M to the next mark, N writes a note, Enter pins, Escape leaves.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: role application is interactive
        tabIndex={0}
        onBlur={() => {
          panel.chart.pointed.value = undefined;
        }}
        onKeyDown={(event) => {
          // Keys of the buttons in it are theirs.
          if (event.target !== event.currentTarget) return;
          if (event.altKey || event.ctrlKey || event.metaKey) return;
          const { key, shiftKey } = event;
          const props = { session, panel };
          const reachMs = MARK_REACH_PX * (plot.peek()?.msPerPixel ?? 0);
          const isKnown =
            moveThroughCells(key, shiftKey, props, grid.peek(), cell.peek()) ||
            moveToMark(key, props, reachMs);
          if (isKnown) event.preventDefault();
        }}
      >
        <div class="chart-surface" ref={surface} />
        {plot.value && grid.value && cell.value && (
          <CellMarks
            session={session}
            panel={panel}
            plot={plot.value}
            grid={grid.value}
            cell={cell.value}
          />
        )}
        {plot.value && <MarkLayer session={session} panel={panel} plot={plot.value} />}
        <p class="visually-hidden" aria-live="polite">
          {cell.value && spoken(panel, cell.value)}
        </p>
      </div>
      {grid.value ? (
        <HeatLegend panel={panel} grid={grid.value} />
      ) : (
        panel.visibleRows.value.length > 0 && <NoBuckets panel={panel} />
      )}
    </div>
  );
}

interface CellMarksProps extends PanelProps {
  readonly plot: Plot;
  readonly grid: HeatGrid;
  readonly cell: HeatCell;
}

function CellMarks({ session, panel, plot, grid, cell }: CellMarksProps) {
  const { timeMs, bucket, count } = cell;
  const start = plot.positionOf({ timeMs: timeMs - grid.stepMs, value: bucket + 1 });
  const end = plot.positionOf({ timeMs, value: bucket });
  const { left, top, width, height } = plot.area;
  if (end.x < left || start.x > left + width) return null;
  const style = {
    '--x': `${end.x}px`,
    '--y': `${(start.y + end.y) / 2}px`,
    '--top': `${top}px`,
    '--height': `${height}px`,
    '--cell-x': `${start.x}px`,
    '--cell-y': `${start.y}px`,
    '--cell-width': `${end.x - start.x}px`,
    '--cell-height': `${end.y - start.y}px`,
  };
  const isPinned = panel.chart.pinned.value !== undefined;
  const side = end.x > left + width / 2 ? 'left' : 'right';
  return (
    <div class="marks" style={style}>
      <div class="heat-cell" />
      <div class="tooltip" data-testid="tooltip" data-side={side} data-pinned={isPinned}>
        <p class="tooltip-time">
          <time>{formatTime(timeMs, session.clock.nowMs.peek())}</time>
          {isPinned && <span class="tooltip-pin">pinned</span>}
        </p>
        <p class="heat-reading">
          <span data-testid="heat-bucket">{bucketWords(panel, cell)}</span>
          <strong data-testid="heat-count">{formatCount(count)}</strong>
        </p>
        <TooltipMarks panel={panel} timeMs={timeMs} stepMs={grid.stepMs} />
      </div>
    </div>
  );
}

function bucketWords(panel: Panel, { low, high }: HeatCell): string {
  const { unit } = panel.spec.value;
  if (low === Number.NEGATIVE_INFINITY) return `up to ${formatQuantity(high, unit)}`;
  if (high === Number.POSITIVE_INFINITY) return `above ${formatQuantity(low, unit)}`;
  return `${formatQuantity(low, unit)} – ${formatQuantity(high, unit)}`;
}

function spoken(panel: Panel, cell: HeatCell): string {
  const { timeMs, count } = cell;
  return `${formatTime(timeMs, timeMs)} ${bucketWords(panel, cell)}: ${formatCount(count)}`;
}

function formatCount(count: number): string {
  return formatValue(Number(count.toPrecision(COUNT_DIGITS)));
}

function HeatLegend({ panel, grid }: { readonly panel: Panel; readonly grid: HeatGrid }) {
  const isTotal = !CHANGE.test(panel.text.value);
  return (
    <div class="heat-legend" data-testid="heat-legend">
      <span class="heat-scale" aria-hidden="true" />
      <ol aria-label="Colours, from few to many">
        {LEGEND_MARKS.map((heat) => (
          <li key={heat}>{formatCount(countOf(heat, grid.largest))}</li>
        ))}
      </ol>
      {isTotal && (
        <p class="heat-hint">
          Totals so far: <code>rate(…)</code> tells what came when.
        </p>
      )}
    </div>
  );
}

function NoBuckets({ panel }: { readonly panel: Panel }) {
  return (
    <div class="notice" data-testid="no-buckets">
      <h3>A heatmap needs the buckets of a histogram</h3>
      <p>
        They are series with a label <code>le</code>, as in{' '}
        <code>sum by (le) (rate(request_seconds_bucket[5m]))</code>.
      </p>
      {panel.hasOptions && (
        <button type="button" onClick={() => panel.setOptions({ view: 'graph' })}>
          Show a graph
        </button>
      )}
    </div>
  );
}
