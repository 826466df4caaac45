import type { Matcher, Selection, SeriesSource } from '../promql/mod.ts';

/** A source that answers nothing but samples, for comparing with what another can do besides. */
export class SamplesAlone implements SeriesSource {
  constructor(private readonly source: SeriesSource) {}

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    const selection = await this.source.select(db, matchers);
    return { labels: selection.labels, read: (...how) => selection.read(...how) };
  }
}
