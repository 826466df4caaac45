/** Dead letters as people read them. */
import {
  type Batch,
  type Block,
  type Column,
  type DeadLetter,
  decodeBatch,
  decodeTags,
  type Field,
  type FieldType,
  type FixedColumn,
  readLetter,
  type StoredMessage,
  type StringColumn,
  type Tag,
  unpackColumn,
} from '@overseer/shared';
import { formatColumns } from '../terminal/columns.ts';
import { formatBytes, formatTimeNs } from '../terminal/units.ts';

const ROWS_SHOWN = 10;
const ERROR_SHOWN_MAX = 80;
const VALUE_SHOWN_MAX = 40;
const decoder = new TextDecoder();

/** A letter of the list. */
export interface LetterLine extends DeadLetter {
  /** In the stream of dead letters: what `show`, `replay` and `drop` take. */
  readonly letter: number;
  readonly bytes: number;
  /** What it is of, such as `demo.room`; empty when it can't be read. */
  readonly of: string;
  readonly rows: number;
}

export function lineOf(message: StoredMessage): LetterLine {
  const blocks = blocksOf(message.payload);
  return {
    letter: message.sequence,
    ...readLetter(message.headers),
    bytes: message.payload.length,
    of: [...new Set(blocks.map(nameOf))].join(', '),
    rows: blocks.reduce((sum, { rows }) => sum + rows, 0),
  };
}

export function formatList(lines: readonly LetterLine[]): string {
  const columns = [
    { name: 'letter', isNumber: true },
    { name: 'last seen' },
    { name: 'kind' },
    { name: 'of' },
    { name: 'rows', isNumber: true },
    { name: 'tries', isNumber: true },
    { name: 'error' },
  ];
  const rows = lines.map(({ letter, lastSeen, kind, of, rows: count, tries, error }) => [
    ...[String(letter), lastSeen, kind, of, String(count), String(tries)],
    cut(error, ERROR_SHOWN_MAX),
  ]);
  return formatColumns(columns, rows).join('\n');
}

/** Ids of the series in a letter whose keys it does not have itself. */
export function unnamedSeries(message: StoredMessage): bigint[] {
  const ids = blocksOf(message.payload).flatMap((block) => {
    const announced = announcedKeys(block);
    return seriesOf(block).filter((id) => !announced.has(id));
  });
  return [...new Set(ids)];
}

/**
 * Everything about a letter.
 * @param names of series, by id, as far as somebody knows them
 */
export function formatLetter(message: StoredMessage, names: ReadonlyMap<bigint, string>): string {
  const line = lineOf(message);
  const origin = `stream ${line.stream}, sequence ${line.sequence}, block ${line.block}`;
  const facts = [
    ['letter', String(line.letter)],
    ['kind', line.kind],
    ['error', line.error],
    ['tries', String(line.tries)],
    ['first seen', line.firstSeen],
    ['last seen', line.lastSeen],
    ['came from', line.part ? `${origin}, its rows that are ${line.part}` : origin],
    ['size', formatBytes(line.bytes)],
  ].map(([name = '', value]) => `${name.padEnd(12)}${value}`);
  const blocks = blocksOf(message.payload);
  if (blocks.length === 0) {
    const start = Buffer.from(message.payload.subarray(0, 64)).toString('hex');
    return [...facts, '', `It can't be read as a batch. It begins with ${start}`].join('\n');
  }
  return [...facts, ...blocks.flatMap((block) => ['', ...formatBlock(block, names)])].join('\n');
}

function formatBlock(block: Block, names: ReadonlyMap<bigint, string>): string[] {
  const announced = announcedKeys(block);
  const series = seriesOf(block);
  const times = viewOf(block.times);
  const columns = block.columns.map((column, index) =>
    unpacked(column, block.fields[index]?.type === 'float', block.rows),
  );
  const count = Math.min(block.rows, ROWS_SHOWN);
  const rows = Array.from({ length: count }, (_, row) => {
    const id = series[row] ?? 0n;
    const name = announced.get(id) ?? names.get(id) ?? `${hexOf(id)} (its key is not known)`;
    return [
      formatTimeNs(times.getBigInt64(row * 8, true)),
      name,
      ...block.fields.map((field, index) => {
        const column = columns[index];
        return column ? cut(textOf(column, field.type, row), VALUE_SHOWN_MAX) : '';
      }),
    ];
  });
  const headings = [{ name: 'time' }, { name: 'series' }, ...block.fields.map(columnOf)];
  const rest = block.rows - count;
  return [
    `${nameOf(block)}: ${block.rows} rows of ${new Set(series).size} series`,
    ...formatColumns(headings, rows),
    ...(rest > 0 ? [`… and ${rest} more rows`] : []),
  ];
}

const columnOf = ({ name, type }: Field) => ({ name: `${name} (${type})` });
const nameOf = ({ database, measurement }: Block) => `${database}.${measurement}`;
export const hexOf = (id: bigint) => id.toString(16).padStart(16, '0');

/** Such as `host=a,region=b`; a series may have no tags. */
export function formatTags(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${key}=${value}`).join(',') || '(no tags)';
}

/** None when it is no batch, or one of a version that this release does not read. */
function blocksOf(payload: Uint8Array): readonly Block[] {
  let batch: Batch;
  try {
    batch = decodeBatch(payload);
  } catch {
    return [];
  }
  return batch.blocks;
}

function seriesOf(block: Block): bigint[] {
  const view = viewOf(block.series);
  return Array.from({ length: block.rows }, (_, row) => view.getBigUint64(row * 8, true));
}

function announcedKeys({ announced }: Block): Map<bigint, string> {
  const keys = new Map<bigint, string>();
  if (!announced) return keys;
  const ids = viewOf(announced.ids);
  const ends = viewOf(announced.ends);
  for (let index = 0; index * 8 < announced.ids.length; index++) {
    const start = index === 0 ? 0 : ends.getUint32((index - 1) * 4, true);
    const key = announced.keys.subarray(start, ends.getUint32(index * 4, true));
    keys.set(ids.getBigUint64(index * 8, true), describeKey(key));
  }
  return keys;
}

/** A damaged key is what some letters are about. */
function describeKey(key: Uint8Array): string {
  try {
    return formatTags(decodeTags(key));
  } catch {
    return `damaged key ${Buffer.from(key.subarray(0, 32)).toString('hex')}`;
  }
}

function unpacked(column: Column, isFloat: boolean, rows: number): FixedColumn | StringColumn {
  return 'codes' in column ? { values: unpackColumn(column, isFloat, rows) } : column;
}

/** @param column not packed */
function textOf(column: FixedColumn | StringColumn, type: FieldType, row: number): string {
  if ('ends' in column) {
    const ends = viewOf(column.ends);
    const start = row === 0 ? 0 : ends.getUint32((row - 1) * 4, true);
    return JSON.stringify(
      decoder.decode(column.bytes.subarray(start, ends.getUint32(row * 4, true))),
    );
  }
  const view = viewOf(column.values);
  switch (type) {
    case 'float':
      return String(view.getFloat64(row * 8, true));
    case 'integer':
      return `${view.getBigInt64(row * 8, true)}i`;
    case 'unsigned':
      return `${view.getBigUint64(row * 8, true)}u`;
    default:
      return String(view.getUint8(row) === 1);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

const cut = (text: string, lengthMax: number) =>
  text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
