import type { Panel } from '../panel/panel.ts';
import { marksAt } from './time-mark.ts';
import { ToneMark } from './tone-mark.tsx';

/** A tooltip has other things to say. */
const TOLD_MAX = 4;

interface TooltipMarksProps {
  readonly panel: Panel;
  readonly timeMs: number;
  /** Of a step: what is marked within it is marked at its time. */
  readonly stepMs: number;
}

/** What is marked at the time of a tooltip. */
export function TooltipMarks({ panel, timeMs, stepMs }: TooltipMarksProps) {
  const marks = marksAt(panel.marks.value, timeMs, stepMs);
  if (marks.length === 0) return null;
  return (
    <ul class="tooltip-marks" data-testid="tooltip-marks">
      {marks.slice(0, TOLD_MAX).map(({ key, tone, text }) => (
        <li key={key}>
          <ToneMark tone={tone} />
          <span>{text}</span>
        </li>
      ))}
      {marks.length > TOLD_MAX && <li>and {marks.length - TOLD_MAX} more</li>}
    </ul>
  );
}
