import type { Matcher, Selection, SeriesSource } from '../promql/series-source.ts';
import type { QueryBudget } from './query-budget.ts';

/** The series of a source, counted against the budget of one query. */
export class CountedSource implements SeriesSource {
  constructor(
    private readonly source: SeriesSource,
    private readonly budget: QueryBudget,
  ) {}

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    const selection = await this.source.select(db, matchers);
    this.budget.spendSeries(selection.labels.length);
    return selection;
  }
}
