import {
  type Announcements,
  type Block,
  type Column,
  encodeTags,
  type Field,
  type StringColumn,
} from '@overseer/shared';
import type { Point, Value } from './test-ingress.ts';

/** A point and the id of its series. */
export interface IdentifiedPoint {
  readonly point: Point;
  readonly seriesId: bigint;
}

/**
 * A block of points of one measurement that all have the same fields.
 * @param announced points whose series the block announces, each series once
 */
export function blockOfPoints(
  rows: readonly IdentifiedPoint[],
  announced: readonly IdentifiedPoint[],
): Block {
  const [first] = rows;
  if (!first) throw new Error('a block has at least one row');
  const { database, measurement } = first.point;
  const fields = Object.entries(first.point.fields).map(([name, { type }]) => ({ name, type }));
  return {
    database,
    measurement,
    rows: rows.length,
    fields,
    series: wide(rows.map(({ seriesId }) => seriesId)),
    times: wide(rows.map(({ point }) => point.timeNs)),
    columns: fields.map((field) => columnOf(field, rows)),
    announced: announced.length === 0 ? undefined : announcementsOf(announced),
  };
}

/** The tags part of the canonical key of a point's series. */
export function tagBytes({ tags }: Point): Uint8Array {
  return encodeTags(Object.entries(tags).map(([key, value]) => ({ key, value })));
}

function announcementsOf(announced: readonly IdentifiedPoint[]): Announcements {
  const { ends, bytes } = joined(announced.map(({ point }) => tagBytes(point)));
  return { ids: wide(announced.map(({ seriesId }) => seriesId)), ends, keys: bytes };
}

function columnOf({ name, type }: Field, rows: readonly IdentifiedPoint[]): Column {
  const values = rows.map(({ point }) => requiredValue(point, name));
  if (type === 'string') {
    return joined(values.map(({ value }) => encoder.encode(String(value))));
  }
  if (type === 'boolean') return { values: Uint8Array.from(values, ({ value }) => Number(value)) };
  if (type !== 'float') return { values: wide(values.map(({ value }) => BigInt(value))) };
  const column = new DataView(new ArrayBuffer(8 * values.length));
  for (const [row, { value }] of values.entries()) column.setFloat64(row * 8, Number(value), true);
  return { values: new Uint8Array(column.buffer) };
}

const encoder = new TextEncoder();

function requiredValue(point: Point, field: string): Value {
  const value = point.fields[field];
  if (!value) throw new Error(`a point of the block has no field ${field}`);
  return value;
}

/** Signed or unsigned: the same 64 bits. */
function wide(values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (const [index, value] of values.entries()) view.setBigInt64(index * 8, value, true);
  return new Uint8Array(view.buffer);
}

function joined(texts: readonly Uint8Array[]): StringColumn {
  const ends = new DataView(new ArrayBuffer(4 * texts.length));
  let end = 0;
  for (const [index, text] of texts.entries()) {
    end += text.length;
    ends.setUint32(index * 4, end, true);
  }
  return { ends: new Uint8Array(ends.buffer), bytes: new Uint8Array(Buffer.concat(texts)) };
}
