import {
  type Batch,
  type Block,
  type Column,
  decodeTags,
  type FieldType,
  unpackColumn,
} from '@overseer/shared';

/** A point as text of each part, so that a test can say at once what it expects. */
export interface StoredPoint {
  readonly database: string;
  readonly measurement: string;
  readonly series: bigint;
  readonly timeNs: bigint;
  /** Values by field; -0 and uint64 stay what they are. */
  readonly fields: Readonly<Record<string, number | bigint | boolean | string>>;
}

/** The points of batches, in their order. */
export function pointsOf(batches: readonly Batch[]): StoredPoint[] {
  return batches.flatMap(({ blocks }) => blocks.flatMap(pointsOfBlock));
}

/** Tags that batches announce, as `key=value,…` by series id. */
export function announcedTags(batches: readonly Batch[]): Map<bigint, string> {
  const tags = new Map<bigint, string>();
  for (const { announced } of batches.flatMap(({ blocks }) => blocks)) {
    if (!announced) continue;
    const ids = viewOf(announced.ids);
    const ends = viewOf(announced.ends);
    for (let i = 0; i < ids.byteLength / 8; i++) {
      const start = i === 0 ? 0 : ends.getUint32((i - 1) * 4, true);
      const pairs = decodeTags(announced.keys.slice(start, ends.getUint32(i * 4, true)));
      tags.set(
        ids.getBigUint64(i * 8, true),
        pairs.map(({ key, value }) => `${key}=${value}`).join(','),
      );
    }
  }
  return tags;
}

function pointsOfBlock(block: Block): StoredPoint[] {
  const series = viewOf(block.series);
  const times = viewOf(block.times);
  const columns = block.fields.map(({ type }, i) =>
    valuesOf(type, block.columns[i] as Column, block.rows),
  );
  return Array.from({ length: block.rows }, (_, row) => ({
    database: block.database,
    measurement: block.measurement,
    series: series.getBigUint64(row * 8, true),
    timeNs: times.getBigInt64(row * 8, true),
    fields: Object.fromEntries(block.fields.map(({ name }, i) => [name, columns[i]?.(row) ?? ''])),
  }));
}

function valuesOf(
  type: FieldType,
  column: Column,
  rows: number,
): (row: number) => number | bigint | boolean | string {
  if ('ends' in column) {
    const ends = viewOf(column.ends);
    const end = (row: number) => (row < 0 ? 0 : ends.getUint32(row * 4, true));
    return (row) => new TextDecoder().decode(column.bytes.slice(end(row - 1), end(row)));
  }
  const values = viewOf(
    'codes' in column ? unpackColumn(column, type === 'float', rows) : column.values,
  );
  switch (type) {
    case 'float':
      return (row) => values.getFloat64(row * 8, true);
    case 'integer':
      return (row) => values.getBigInt64(row * 8, true);
    case 'unsigned':
      return (row) => values.getBigUint64(row * 8, true);
    default:
      return (row) => values.getUint8(row) === 1;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
