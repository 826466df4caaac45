import { TooltipMarks } from '../annotations/tooltip-marks.tsx';
import { formatCount, formatTime } from '../format.ts';
import { nameOf } from '../labels.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { formatQuantity } from '../units/quantity.ts';
import { colourOf } from './colours.ts';
import type { Readings } from './nearest.ts';

interface TooltipProps extends PanelProps {
  readonly readings: Readings;
  readonly isPinned: boolean;
  /** Of the place, where there is room. */
  readonly side: 'left' | 'right';
}

/** The series nearest to the place, with their values at that time. */
export function Tooltip({ session, panel, readings, isPinned, side }: TooltipProps) {
  const isDark = session.theme.isDark.value;
  const { unit, view } = panel.spec.value;
  const told = (value: number) => formatQuantity(value, unit);
  return (
    <div class="tooltip" data-testid="tooltip" data-side={side} data-pinned={isPinned}>
      <p class="tooltip-time">
        <time>{formatTime(readings.timeMs, session.clock.nowMs.peek())}</time>
        {isPinned && <span class="tooltip-pin">pinned</span>}
      </p>
      <ul>
        {readings.readings.map(({ row, value, extremes = [value] }) => (
          <li key={row.id} data-nearest={row === readings.nearest.row}>
            <i class="swatch" style={{ '--series-colour': colourOf(row.colour, isDark) }} />
            <span class="tooltip-name">{nameOf(row, panel.naming.value)}</span>
            <span class="tooltip-value">{extremes.map(told).join(' – ')}</span>
          </li>
        ))}
      </ul>
      {view === 'stacked' && (
        <p class="tooltip-sum" data-testid="tooltip-sum">
          <span>sum</span>
          <span class="tooltip-value">{told(readings.sum)}</span>
        </p>
      )}
      <TooltipMarks
        panel={panel}
        timeMs={readings.timeMs}
        stepMs={readings.nearest.row.columns.stepMs}
      />
      {readings.moreCount > 0 && (
        <p class="tooltip-more">and {formatCount(readings.moreCount, 'series', 'series')} more</p>
      )}
    </div>
  );
}
