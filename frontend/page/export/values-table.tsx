import { useComputed } from '@preact/signals';
import { MarksTable } from '../annotations/marks-table.tsx';
import { formatCount, formatTime, formatValue } from '../format.ts';
import { nameOf } from '../labels.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { useSlowly } from '../slowly.ts';
import { tabulate } from './time-table.ts';

/** As many as a browser lays out at once without anybody noticing; a file has all. */
const LINES_MAX = 200;
const COLUMNS_MAX = 20;
const INTERVAL_MS = 1000;

/** What the chart draws, in numbers: a line for each time, the newest first, and a column for each series. */
export function ValuesTable({ session, panel }: PanelProps) {
  const drawCount = useSlowly(panel.chart.drawCount, INTERVAL_MS);
  const table = useComputed(() => {
    drawCount.value;
    return tabulate(panel.visibleRows.value.slice(0, COLUMNS_MAX));
  });
  const { times, columns } = table.value;
  const lines = newestLines(times, (index) => columns.map((column) => column.valueAt(index)));
  const leftOut = panel.visibleRows.value.length - columns.length;
  const nowMs = session.clock.nowMs.peek();
  return (
    <section
      class="values-table"
      data-testid="values-table"
      aria-label={`Values of ${panel.text.value}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which keys must be able to do
      tabIndex={0}
    >
      <table>
        <caption>
          {lines.length < LINES_MAX
            ? `${formatCount(lines.length, 'time', 'times')}, the newest first`
            : `the newest ${LINES_MAX} times; a CSV file has all`}
          {leftOut > 0 && `; ${formatCount(leftOut, 'more series', 'more series')} not shown`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {columns.map(({ row }) => (
              <th scope="col" key={row.id}>
                {nameOf(row, panel.naming.value)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ timeMs, values }) => (
            <tr key={timeMs}>
              <th scope="row">{formatTime(timeMs, nowMs)}</th>
              {values.map((value, index) => (
                <td key={columns[index]?.row.id}>
                  {value === undefined ? '–' : formatValue(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <MarksTable session={session} panel={panel} />
    </section>
  );
}

interface Line {
  readonly timeMs: number;
  readonly values: readonly (number | undefined)[];
}

/** The newest times at which any series has a value. */
function newestLines(
  times: Float64Array,
  valuesAt: (index: number) => readonly (number | undefined)[],
): Line[] {
  const lines: Line[] = [];
  for (let index = times.length - 1; index >= 0 && lines.length < LINES_MAX; index--) {
    const values = valuesAt(index);
    const timeMs = times[index] ?? 0;
    if (values.some((value) => value !== undefined)) lines.push({ timeMs, values });
  }
  return lines;
}
