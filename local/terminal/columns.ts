/** Text in columns. */

export interface Column {
  readonly name: string;
  /** Numbers stand under each other at their right. */
  readonly isNumber?: boolean;
}

/** A heading, a line below it, and the rows; each line without the newline. Cells must have no line breaks. */
export function formatColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = columns.map(({ name }, index) =>
    rows.reduce(
      (width, row) => Math.max(width, Bun.stringWidth(row[index] ?? '')),
      Bun.stringWidth(name),
    ),
  );
  const formatRow = (row: readonly string[]) =>
    row
      .map((text, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - Bun.stringWidth(text));
        return columns[index]?.isNumber ? padding + text : text + padding;
      })
      .join(' | ')
      .trimEnd();
  return [
    formatRow(columns.map(({ name }) => name)),
    widths.map((width) => '-'.repeat(width)).join('-+-'),
    ...rows.map(formatRow),
  ];
}
