import { formatCount, formatTime } from '../format.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { sourceName } from './mark-words.tsx';
import { marksBetween } from './time-mark.ts';

/** As many as a browser lays out at once without anybody noticing. */
const LINES_MAX = 200;

/** What the chart marks of the time that it shows, in words: a line for each, the newest first. */
export function MarksTable({ session, panel }: PanelProps) {
  const nowMs = session.clock.nowMs.peek();
  const { fromMs, toMs } = session.time.bounds(nowMs);
  const marks = marksBetween(panel.marks.value, fromMs, toMs).toReversed();
  if (marks.length === 0) return null;
  return (
    <table data-testid="marks-table">
      <caption>
        {formatCount(marks.length, 'mark', 'marks')}, the newest first
        {marks.length > LINES_MAX && `; ${LINES_MAX} of them shown`}
      </caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">What</th>
          <th scope="col">Of</th>
        </tr>
      </thead>
      <tbody>
        {marks.slice(0, LINES_MAX).map((mark) => (
          <tr key={mark.key}>
            <th scope="row">{formatTime(mark.fromMs, nowMs)}</th>
            <td>{mark.toMs === mark.fromMs ? '–' : formatTime(mark.toMs, nowMs)}</td>
            <td>{mark.text}</td>
            <td>{sourceName(mark.source)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
