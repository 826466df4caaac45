import {
  AnswerError,
  type AnswerWriter,
  type ExportEnd,
  type ExportQuestion,
} from '@overseer/shared';
import { columnName, type Table } from '../../catalogue.ts';
import { streamCopy } from '../../copy-out.ts';
import { type Database, isTableOrColumnMissing } from '../../postgres.ts';
import { askedTables } from '../asked-tables.ts';
import { partitionRanges } from '../partition-ranges.ts';
import { readPointsQuestion } from '../points-question.ts';
import { tagsFilter } from '../series-scan.ts';
import { timeConditions } from '../time-condition.ts';
import { CsvFormat } from './csv-format.ts';
import { LineProtocolFormat } from './line-protocol-format.ts';
import type { RowFormat } from './row-format.ts';
import { RowWriter } from './row-writer.ts';
import { seriesPasses } from './series-passes.ts';
import { TextAnswer } from './text-answer.ts';

/** What sorting the rows of a time partition may take of memory in PostgreSQL; beyond it sorts on disk. */
const SORT_MEMORY = '64MB';

/** @throws AnswerError bad_data */
export function readExportQuestion(request: Readonly<Record<string, unknown>>): ExportQuestion {
  const points = readPointsQuestion(request);
  const { format } = request;
  if (format !== 'line-protocol' && format !== 'csv') {
    throw new AnswerError('bad_data', 'format is not one of line-protocol and csv');
  }
  if (format === 'csv' && points.measurement === undefined) {
    throw new AnswerError('bad_data', 'CSV has the columns of one measurement: say which');
  }
  return { ...points, format };
}

/**
 * Sends points by measurement and time partition, of each in order of series and time. In memory are texts of series, up to a limit, and a
 * part of the answer: a measurement with more series is sent in several passes, each with all its time partitions.
 * @param onPass told of each
 */
export async function exportPoints(
  database: Database,
  question: ExportQuestion,
  answer: AnswerWriter,
  onPass: () => void = () => undefined,
): Promise<ExportEnd> {
  // Before anything is read: a pattern may be none.
  const filter = tagsFilter(question.tags);
  const out = new TextAnswer(answer);
  for (const asked of await askedTables(database, question)) {
    const table = byFieldName(asked);
    const format = await formatOf(database, question, table);
    if (format.header !== undefined) out.text.text(format.header);
    const series = seriesPasses(database, table, {
      passes: question.tags.length === 0 ? undefined : filter,
      textOf: (tags) => format.seriesText(tags),
      signal: out.signal,
    });
    for await (const pass of series) {
      onPass();
      for (const range of await partitionRanges(database, table, question)) {
        const query = rowsQuery(table, [...timeConditions(table, range), ...pass.conditions]);
        await exportRows(database, query, new RowWriter(table, pass.texts, format, out), out);
      }
    }
  }
  await out.flush();
  return { rows: out.rows };
}

/** Fields in another order than that of their appearance: the same points make the same text in every installation. */
function byFieldName(table: Table): Table {
  const fields = [...table.fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...table, fields: new Map(fields) };
}

async function formatOf(
  database: Database,
  { format }: ExportQuestion,
  table: Table,
): Promise<RowFormat> {
  if (format === 'line-protocol') return new LineProtocolFormat(table);
  // Of all its series, so that the columns are the same whichever are asked for.
  const keys = await database`
    SELECT DISTINCT jsonb_object_keys(tags) AS key FROM overseer.series
    WHERE measurement_id = ${table.id}`;
  return new CsvFormat(table, keys.map((row) => String(row.key)).sort());
}

function rowsQuery(table: Table, conditions: readonly string[]): string {
  const own = ['time', 'series', ...(table.hasNs ? ['ns'] : [])];
  const columns = [...own, ...Array.from(table.fields.values(), columnName)];
  const order = ['series', 'time', ...(table.hasNs ? ['ns'] : [])];
  return (
    `SELECT ${columns.join(', ')} FROM ${table.name} ` +
    `WHERE ${conditions.join(' AND ')} ORDER BY ${order.join(', ')}`
  );
}

/** One COPY in a transaction of its own: an export of hours must not keep PostgreSQL from cleaning up. */
async function exportRows(
  database: Database,
  query: string,
  rows: RowWriter,
  out: TextAnswer,
): Promise<void> {
  try {
    await database.begin('read only', async (transaction) => {
      await transaction.unsafe(`SET LOCAL work_mem = '${SORT_MEMORY}'`);
      await streamCopy(transaction, query, (chunk) => rows.push(chunk), out.signal);
    });
  } catch (error) {
    // Dropped since the catalogue was read: then there is nothing.
    if (!isTableOrColumnMissing(error)) throw error;
  }
}
