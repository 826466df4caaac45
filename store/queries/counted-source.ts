import { inSpan } from '@overseer/shared/tracing';
import type { Matcher, Selection, SeriesSource } from '../promql/series-source.ts';
import type { QueryBudget } from './query-budget.ts';

/** The series of a source, counted against the budget of one query. */
export class CountedSource implements SeriesSource {
  constructor(
    private readonly source: SeriesSource,
    private readonly budget: QueryBudget,
  ) {}

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    return await inSpan('select series', {}, async (span) => {
      const selection = await this.source.select(db, matchers);
      span?.setAttribute('overseer.query.series', selection.labels.length);
      this.budget.spendSeries(selection.labels.length);
      return selection;
    });
  }
}
