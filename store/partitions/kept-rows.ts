import type { Block } from '@overseer/shared';
import type { Classification, RowSelection } from '@overseer/wasm';
import { viewOf } from '../block-rows.ts';
import { secondsOf } from './time-range.ts';

/** The rows of a block that are no older than what is kept, and how many were. */
export interface KeptRows {
  readonly found: Classification;
  readonly expired: number;
}

/** @param keptFromS rows before this time, seconds since 1970, are left out */
export function keptRows(block: Block, found: Classification, keptFromS: number): KeptRows {
  if (secondsOf(found.times.minNs) >= keptFromS) return { found, expired: 0 };
  const view = viewOf(block.times);
  const timeNs = (row: number) => view.getBigInt64(row * 8, true);
  const isKept = (row: number) => secondsOf(timeNs(row)) >= keptFromS;
  const before = positions(found.plain, block.rows);
  const plain = before.filter(isKept);
  const late = found.late.filter(isKept);
  const expired = before.length - plain.length + found.late.length - late.length;
  const times = [...plain, ...late].map(timeNs);
  const bounds = times.reduce(
    ({ minNs, maxNs }, at) => ({ minNs: at < minNs ? at : minNs, maxNs: at > maxNs ? at : maxNs }),
    { minNs: times[0] ?? 0n, maxNs: times[0] ?? 0n },
  );
  return { found: { ...found, plain, late, times: bounds }, expired };
}

function positions(rows: RowSelection, count: number): Uint32Array {
  return rows === 'all' ? Uint32Array.from({ length: count }, (_, row) => row) : rows;
}
