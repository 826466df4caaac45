import { timeOf } from '../annotations/mark-words.tsx';
import { marksBetween } from '../annotations/time-mark.ts';
import { TONE_MARKS } from '../annotations/tone-mark.tsx';
import { colourOf } from '../chart/colours.ts';
import { formatSpan } from '../format.ts';
import { NAMED_SERIES_MAX, nameOf } from '../labels.ts';
import type { Panel } from '../panel/panel.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { drawChartImage } from './chart-image.ts';
import { toCsv } from './csv.ts';
import { toMatrixJson } from './matrix-json.ts';
import { type TimeTable, tabulate } from './time-table.ts';

export type ExportKind = 'csv' | 'json' | 'png';

/** Of a file's name, without its end. */
const NAME_LENGTH_MAX = 60;

/**
 * Gives the user a file with what the panel shows: the series that are not hidden, over the time of the chart.
 * @param element of the panel, whose canvas is the chart
 */
export async function exportPanel(
  kind: ExportKind,
  { session, panel }: PanelProps,
  element: Element | null,
): Promise<void> {
  const blob =
    kind === 'png' ? await imageOf({ session, panel }, element) : textBlob(kind, shownTable(panel));
  save(blob, `${fileName(panel)}.${kind}`);
}

function textBlob(kind: 'csv' | 'json', table: TimeTable): Blob {
  return kind === 'csv'
    ? new Blob([toCsv(table)], { type: 'text/csv;charset=utf-8' })
    : new Blob([toMatrixJson(table)], { type: 'application/json' });
}

function shownTable({ visibleRows }: Panel): TimeTable {
  return tabulate(visibleRows.peek());
}

/** A line for each mark of the time that is shown. */
function markLines({ session, panel }: PanelProps): string[] {
  const nowMs = session.clock.nowMs.peek();
  const { fromMs, toMs } = session.time.bounds(nowMs);
  return marksBetween(panel.marks.peek(), fromMs, toMs).map(
    (mark) => `${TONE_MARKS[mark.tone]} ${timeOf(mark, nowMs)}  ${mark.text}`,
  );
}

function imageOf({ session, panel }: PanelProps, element: Element | null): Promise<Blob> {
  const canvas = element?.querySelector('canvas');
  if (!element || !canvas) throw new Error('There is no chart to make an image of.');
  const rows = panel.visibleRows.peek();
  const isDark = session.theme.isDark.peek();
  const { times } = tabulate(rows);
  return drawChartImage({
    chart: canvas,
    title: panel.text.peek(),
    subtitle: formatSpan(times[0] ?? 0, times.at(-1) ?? 0, session.clock.nowMs.peek()),
    entries: rows.slice(0, NAMED_SERIES_MAX).map((row) => ({
      name: nameOf(row, panel.naming.peek()),
      colour: colourOf(row.colour, isDark),
    })),
    marks: markLines({ session, panel }),
    style: getComputedStyle(element),
  });
}

/** "cpu_usage_idle 2026-01-31T12-00-00Z": what any system takes for a name. */
function fileName({ text, visibleRows }: Panel): string {
  const newestMs = Math.max(
    0,
    ...visibleRows.peek().map(({ columns }) => columns.times.at(-1) ?? 0),
  );
  const words = text
    .peek()
    .replace(/[^\p{L}\p{N}_.-]+/gu, ' ')
    .trim()
    .slice(0, NAME_LENGTH_MAX);
  const time = new Date(newestMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${words || 'chart'} ${time}Z`;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // By then the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
