import { useComputed } from '@preact/signals';
import type { PanelProps } from '../panel/panel-props.ts';
import { readAt } from './nearest.ts';
import type { Plot } from './plot.ts';
import { Tooltip } from './tooltip.tsx';

interface FollowedMarksProps extends PanelProps {
  readonly plot: Plot;
  /** How far from the time a point may be and still be told. */
  readonly reachMs: number;
}

/** The time that is pointed at in another panel: a line, and what this chart has there. Nothing is drawn on the canvas. */
export function FollowedMarks({ session, panel, plot, reachMs }: FollowedMarksProps) {
  const timeMs = session.cursor.timeFor(panel);
  const readings = useComputed(() => {
    panel.chart.drawCount.value;
    const followedMs = session.cursor.timeFor(panel);
    if (followedMs === undefined) return undefined;
    // There is no value that is pointed at: the largest ones are told.
    const place = { timeMs: followedMs, value: plot.topValue };
    return readAt(panel.visibleRows.value, place, reachMs, plot.picture);
  });
  if (timeMs === undefined) return null;
  panel.chart.drawCount.value;
  const { x } = plot.positionOf({ timeMs, value: plot.topValue });
  const { left, top, width, height } = plot.area;
  if (x < left || x > left + width) return null;
  const style = {
    '--x': `${x}px`,
    '--y': `${top}px`,
    '--top': `${top}px`,
    '--height': `${height}px`,
  };
  return (
    <div class="marks" data-testid="followed" style={style}>
      <div class="crosshair" />
      {readings.value && (
        <Tooltip
          session={session}
          panel={panel}
          readings={readings.value}
          isPinned={false}
          side={x > left + width / 2 ? 'left' : 'right'}
        />
      )}
    </div>
  );
}
