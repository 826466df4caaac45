import type { Block, Column } from '@overseer/shared';

/** Rows of a block by their position, as a block of its own. For the rare blocks that must be taken apart; plain and slow. */
export function selectRows(block: Block, rows: readonly number[]): Block {
  return {
    ...block,
    rows: rows.length,
    series: pick(block.series, 8, rows),
    times: pick(block.times, 8, rows),
    columns: block.columns.map((column) => selectColumn(column, rows, block.rows)),
  };
}

/** Positions of the rows that belong to one of these series. */
export function rowsOfSeries(block: Block, ids: ReadonlySet<bigint>): number[] {
  const view = viewOf(block.series);
  const rows: number[] = [];
  for (let row = 0; row < block.rows; row++) {
    if (ids.has(view.getBigUint64(row * 8, true))) rows.push(row);
  }
  return rows;
}

/** The positions from 0 to `count` that are not among `rows`. */
export function otherRows(rows: Iterable<number>, count: number): number[] {
  const taken = new Set(rows);
  return Array.from({ length: count }, (_, row) => row).filter((row) => !taken.has(row));
}

function selectColumn(column: Column, rows: readonly number[], count: number): Column {
  if ('values' in column)
    return { values: pick(column.values, column.values.length / count, rows) };
  if ('codes' in column) {
    return { ...column, codes: pick(column.codes, column.codes.length / count, rows) };
  }
  const view = viewOf(column.ends);
  const start = (row: number) => (row === 0 ? 0 : view.getUint32((row - 1) * 4, true));
  const texts = rows.map((row) => column.bytes.subarray(start(row), view.getUint32(row * 4, true)));
  const ends = new DataView(new ArrayBuffer(rows.length * 4));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end += text.length;
    ends.setUint32(index * 4, end, true);
  }
  return { ends: new Uint8Array(ends.buffer), bytes: new Uint8Array(Buffer.concat(texts)) };
}

function pick(bytes: Uint8Array, width: number, rows: readonly number[]): Uint8Array {
  const picked = new Uint8Array(rows.length * width);
  for (const [index, row] of rows.entries()) {
    picked.set(bytes.subarray(row * width, (row + 1) * width), index * width);
  }
  return picked;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
