import type { TimeTable } from './time-table.ts';

const LINE_END = '\r\n';

/**
 * As RFC 4180 has it: a line for each time, ISO 8601 in UTC, and a column for each series; empty where there is no value. Values are
 * written as exactly as they are known. Times at which no series has a value are left out.
 */
export function toCsv({ times, columns }: TimeTable): string {
  const lines = [['time', ...columns.map(({ name }) => quoted(name))].join(',')];
  for (const [index, timeMs] of times.entries()) {
    const cells = columns.map((column) => cell(column.valueAt(index)));
    if (cells.some((text) => text !== '')) {
      lines.push([new Date(timeMs).toISOString(), ...cells].join(','));
    }
  }
  return lines.join(LINE_END) + LINE_END;
}

function cell(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
