import type { BusySeries, Labels, MeasurementQuery, TagSummary, TagValue } from '@overseer/shared';
import type { LabelIndex, Measured } from '../labels/label-index.ts';
import type { TagColumn } from '../labels/tag-column.ts';
import { TopCounts } from '../labels/top-counts.ts';
import type { Database } from '../postgres.ts';
import { Pace } from '../promql/pace.ts';
import { PartWriter, textBytes } from './answer-parts.ts';
import { databaseWarnings, type Question } from './question.ts';

/** Series told as the busiest. */
const BUSIEST_MAX = 10;
/** What an owner wrote down longer ago is of somebody who is no owner any more. */
const BUSIEST_AGE_MAX = '5 minutes';

/** Tags of a measurement with their values, from the label index, and its busiest series, as the owners of partitions have counted them. */
export function measurementQuestion({ db, measurement, values = 0 }: MeasurementQuery): Question {
  return async ({ series, database, budget, send }) => {
    const { index } = series;
    const measured = index.measurement(db, measurement);
    if (!measured) {
      const warning = `measurement "${measurement}" does not exist: nothing was written to it yet`;
      return { warnings: [...databaseWarnings(series, db), warning] };
    }
    const pace = new Pace(budget.signal);
    const tags: TagSummary[] = [];
    const tops: TagValue[][] = [];
    for (const [key, column] of columnsOf(measured)) {
      const counts = column.seriesByCode();
      tags.push({ key, valueCount: column.valueCount, seriesCount: sumOf(counts) });
      if (values > 0) tops.push(topValues(key, column, counts, index, values));
      if (pace.isDue) await pace.rest();
    }
    await send({ kind: 'measurement', tags });
    await send({ kind: 'measurement', busiest: await readBusiest(database, measured) });
    const parts = new PartWriter<TagValue>((items) => send({ kind: 'measurement', values: items }));
    for (const value of tops.flat()) {
      await parts.add(value, textBytes(value.key) + textBytes(value.value));
    }
    await parts.flush();
    return { warnings: [] };
  };
}

function* columnsOf({ series }: Measured): Generator<[key: string, column: TagColumn]> {
  for (const key of series.tagKeys) {
    const column = series.column(key);
    if (column) yield [key, column];
  }
}

function sumOf(counts: Uint32Array): number {
  let sum = 0;
  for (let code = 0; code < counts.length; code++) sum += counts[code] as number;
  return sum;
}

function topValues(
  key: string,
  column: TagColumn,
  counts: Uint32Array,
  index: LabelIndex,
  max: number,
): TagValue[] {
  const top = new TopCounts<number>(max);
  for (let code = 1; code < counts.length; code++) top.add(counts[code] as number, code);
  return top.sorted().map(({ count, item: code }) => ({
    key,
    value: index.text(column.valueNumber(code)),
    seriesCount: count,
  }));
}

/** Each partition's are its own; the stretch of time in which they were counted is too. */
async function readBusiest(database: Database, measured: Measured): Promise<BusySeries[]> {
  const rows = await database`
    SELECT b.from_at, b.to_at, s.id, s.rows
    FROM overseer.busiest b, unnest(b.series, b.rows) AS s (id, rows)
    WHERE b.measurement_id = ${measured.table.id} AND b.to_at > now() - ${BUSIEST_AGE_MAX}::text::interval`;
  const found = rows.flatMap(({ from_at: from, to_at: to, id, rows: count }): BusySeries[] => {
    const labels = labelsOf(measured, id);
    const window = { fromMs: from.getTime(), toMs: to.getTime() };
    return labels ? [{ labels, rows: Number(count), ...window }] : [];
  });
  return found.sort((a, b) => speedOf(b) - speedOf(a)).slice(0, BUSIEST_MAX);
}

const speedOf = ({ rows, fromMs, toMs }: BusySeries) => rows / (toMs - fromMs);

/** Undefined: the series is no more. */
function labelsOf(measured: Measured, id: bigint): Labels | undefined {
  const unsigned = BigInt.asUintN(64, id);
  const number = measured.series.ids.find(Number(unsigned & 0xffff_ffffn), Number(unsigned >> 32n));
  if (number < 0) return undefined;
  const labels: Record<string, string> = {};
  for (const [key, column] of columnsOf(measured)) {
    const value = column.value(number);
    if (value) labels[key] = value;
  }
  return labels;
}
