import type { AnswerWriter, CountEnd, PointsQuestion } from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { askedTables } from './asked-tables.ts';
import { eachSeries, tagsFilter } from './series-scan.ts';

/** Counts the series that meet the conditions, whenever they have points, and the measurements that have such. */
export async function countSeries(
  database: Database,
  question: PointsQuestion,
  { signal }: AnswerWriter,
): Promise<CountEnd> {
  const passes = tagsFilter(question.tags);
  let measurements = 0;
  let series = 0;
  for (const table of await askedTables(database, question)) {
    const before = series;
    const take = (_low: number, _high: number, tags: Readonly<Record<string, string>>) => {
      if (passes(tags)) series++;
    };
    await eachSeries(database, table, take, signal);
    if (series > before || question.tags.length === 0) measurements++;
  }
  return { measurements, series };
}
