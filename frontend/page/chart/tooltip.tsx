import { formatCount, formatTime, formatValue } from '../format.ts';
import { distinguish } from '../labels.ts';
import type { Session } from '../session.ts';
import { colourOf } from './colours.ts';
import type { Readings } from './nearest.ts';

interface TooltipProps {
  readonly session: Session;
  readonly readings: Readings;
  readonly isPinned: boolean;
  /** Of the place, where there is room. */
  readonly side: 'left' | 'right';
}

/** The series nearest to the place, with their values at that time. */
export function Tooltip({ session, readings, isPinned, side }: TooltipProps) {
  const isDark = session.theme.isDark.value;
  const fallback = session.charted.value?.question.expr ?? '';
  return (
    <div class="tooltip" data-testid="tooltip" data-side={side} data-pinned={isPinned}>
      <p class="tooltip-time">
        <time>{formatTime(readings.timeMs, session.clock.nowMs.peek())}</time>
        {isPinned && <span class="tooltip-pin">pinned</span>}
      </p>
      <ul>
        {readings.readings.map(({ row, value }) => (
          <li key={row.id} data-nearest={row === readings.nearest.row}>
            <i class="swatch" style={{ '--series-colour': colourOf(row.colour, isDark) }} />
            <span class="tooltip-name">
              {distinguish(row.labels, session.commonLabels.value) || fallback}
            </span>
            <span class="tooltip-value">{formatValue(value)}</span>
          </li>
        ))}
      </ul>
      {readings.moreCount > 0 && (
        <p class="tooltip-more">and {formatCount(readings.moreCount, 'series', 'series')} more</p>
      )}
    </div>
  );
}
