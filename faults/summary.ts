import type { RunReport, Strike } from './run.ts';

const HEADINGS = [
  'fault',
  'strikes',
  'lines acknowledged',
  'longest without a 204',
  'stored after',
];

/** Everything that was acknowledged is stored, once, and nothing needed a hand. */
export function isWell(report: RunReport): boolean {
  return (
    report.differences.length === 0 &&
    report.deadLetters === 0 &&
    report.endedByThemselves.length === 0
  );
}

/** A table with a line for each fault that struck, and what came out of the run. */
export function summarize(report: RunReport): string {
  const byFault = Map.groupBy(report.strikes, ({ fault }) => fault);
  const rows = [...byFault].map(([fault, strikes]) => [
    fault,
    String(strikes.length),
    String(strikes.reduce((lines, strike) => lines + strike.lines, 0)),
    longest(strikes, ({ longestBodyMs }) => longestBodyMs),
    longest(strikes, ({ storedAfterMs }) => storedAfterMs),
  ]);
  const { counts } = report;
  return [
    ...alignColumns([HEADINGS, ...rows]),
    '',
    `${counts.lines} lines acknowledged in ${counts.bodies} bodies; ${counts.unavailable} answers of 503, ${counts.unanswered} requests without an answer`,
    `${report.rows} rows must be stored, compared ${report.comparisons} times: ${verdict(report)}`,
  ].join('\n');
}

function verdict(report: RunReport): string {
  if (isWell(report)) return 'everything acknowledged is stored, once';
  return [
    `${report.differences.length} lines of differences`,
    `${report.deadLetters} dead letters`,
    `ended by themselves: ${report.endedByThemselves.join(', ') || 'none'}`,
    `struck since the last good comparison: ${report.suspects.join(', ') || 'none'}`,
  ].join('; ');
}

function longest(strikes: readonly Strike[], milliseconds: (strike: Strike) => number): string {
  return `${(Math.max(...strikes.map(milliseconds)) / 1000).toFixed(1)} s`;
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  );
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
