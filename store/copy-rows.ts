import type { Block } from '@overseer/shared';
import type { RowEncoder, TargetColumn } from '@overseer/wasm';
import { columnName, type Table, type TableField } from './catalogue.ts';
import type { BlockRows } from './plan.ts';

/** Of what the client is given at a time: smaller and larger chunks take no less CPU time. */
const CHUNK_BYTES_MAX = 256 * 1024;

/** Columns that a copy fills: the table's own, then fields. */
export interface CopyTarget {
  readonly columns: readonly string[];
  readonly target: (block: Block) => TargetColumn[];
}

/** Fields of a table that some of these blocks have, in the order of the table. */
export function fieldsOf(table: Table, parts: readonly BlockRows[]): TableField[] {
  const names = new Set(
    parts.flatMap(({ incoming }) => incoming.block.fields.map((field) => field.name)),
  );
  return [...table.fields.values()].filter((field) => names.has(field.name));
}

export function countRows(parts: readonly BlockRows[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

/** Columns for time, series, nanoseconds and the fields of these blocks. */
export function copyTarget(table: Table, parts: readonly BlockRows[]): CopyTarget {
  const fields = fieldsOf(table, parts);
  const own: TargetColumn[] = [{ kind: 'time' }, { kind: 'series' }];
  if (table.hasNs) own.push({ kind: 'nanoseconds' });
  return {
    columns: ['time', 'series', ...(table.hasNs ? ['ns'] : []), ...fields.map(columnName)],
    target: (block) => {
      const sources = new Map(block.fields.map((field, index) => [field.name, index]));
      return [
        ...own,
        ...fields.map(({ name, type }): TargetColumn => {
          return { kind: 'field', type, source: sources.get(name) };
        }),
      ];
    },
  };
}

/** Rows as binary COPY has them, in chunks: views on the encoder's output, valid until the next one is asked for. */
export function* encodeRows(
  encoder: RowEncoder,
  parts: readonly BlockRows[],
  target: CopyTarget['target'],
): Generator<Uint8Array> {
  encoder.clearOutput();
  let ordinalBase = 0n;
  for (const { incoming, rows, count } of parts) {
    const { message, block } = incoming;
    const columns = target(block);
    let from = 0;
    for (;;) {
      from = encoder.encode(message, block, columns, { rows, from, ordinalBase });
      if (from === count) break;
      yield* takeOutput(encoder);
    }
    ordinalBase += BigInt(block.rows);
  }
  yield* takeOutput(encoder);
}

function* takeOutput(encoder: RowEncoder): Generator<Uint8Array> {
  const { output } = encoder;
  for (let at = 0; at < output.length; at += CHUNK_BYTES_MAX) {
    yield output.subarray(at, at + CHUNK_BYTES_MAX);
  }
  encoder.clearOutput();
}
