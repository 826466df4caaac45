import type { BenchmarkResult, Summary } from './results.ts';

/**
 * Prints a result for a person: ratios first, then every figure of every contender as median
 * (lowest – highest).
 */
export function formatResult(name: string, result: BenchmarkResult): string {
  const ratios = result.ratios.map(({ name, figure, ratio }) => [name, figure, ...cells(ratio)]);
  const figures = result.contenders.flatMap((contender) =>
    Object.entries(contender.figures).map(([figure, summary]) => [
      contender.name,
      figure,
      ...cells(summary),
    ]),
  );
  return [
    describeResult(name, result),
    ...formatTable([['', '', 'median', 'lowest', 'highest'], ...ratios, ...figures], 2).map(
      (line) => `  ${line}`,
    ),
  ].join('\n');
}

/** What was asked, and on what. */
export function describeResult(name: string, result: BenchmarkResult): string {
  const { machine, versions } = result;
  return [
    `${name}${result.quick ? ' (quick: shows that it runs, proves nothing)' : ''}`,
    `  ${result.question}`,
    `  ${result.rounds} rounds on ${machine.cores} × ${machine.cpu}, ` +
      `${machine.memoryGiB} GiB, Linux ${machine.kernel}`,
    `  ${describe(versions)}`,
    `  ${describe(result.parameters)}`,
  ].join('\n');
}

function describe(values: Record<string, string | number | boolean>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

function cells(summary: Summary): string[] {
  return [summary.median, summary.min, summary.max].map(formatNumber);
}

/**
 * Three significant digits are what a benchmark can promise; whole numbers keep their thousands.
 */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** Pads every column to its widest cell; the first ones, which are names, to the right. */
export function formatTable(rows: string[][], nameColumns: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < nameColumns
          ? cell.padEnd(widths[column] ?? 0)
          : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
