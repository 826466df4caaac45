import { inStatement } from '@overseer/shared/tracing';
import type { SelectedSeries } from '../labels/label-index.ts';
import type { Database, Transaction } from '../postgres.ts';
import type { ReadBudget, SampleBlock } from '../promql/series-source.ts';
import { lastStepMs, type StepGrid } from '../promql/step-grid.ts';
import { NewestSpans } from './newest-spans.ts';
import { RowDecoder } from './row-decoder.ts';
import { sampleBlocks } from './sample-blocks.ts';
import type { GroupedSamples } from './sample-columns.ts';
import { scanQuery } from './scan.ts';
import { readSnapshot, scan } from './snapshot-scan.ts';

/** Steps over more lookbacks than this gain too little by leaving out the first one. */
const NEWEST_LOOKBACKS_MAX = 4;

/** Reads the samples of selected series, one measurement after the other. */
export class SampleReader {
  readonly #newestSpans = new NewestSpans();

  /** @param onRead gets what was read of each table, which stays the reader's */
  constructor(
    private readonly database: Database,
    private readonly onRead: (tableId: number, samples: GroupedSamples) => void,
  ) {}

  /** The samples of times in (afterMs, untilMs]. */
  read(
    selected: readonly SelectedSeries[],
    afterMs: number,
    untilMs: number,
    budget: ReadBudget,
  ): AsyncGenerator<SampleBlock> {
    return this.#readEach(selected, async (some, decoder, transaction) => {
      await scan(transaction, scanQuery(some, afterMs, untilMs), decoder, budget);
    });
  }

  /** At least the newest sample of each series in (step - lookbackMs, step], for every step. */
  readNewest(
    selected: readonly SelectedSeries[],
    steps: StepGrid,
    lookbackMs: number,
    budget: ReadBudget,
  ): AsyncGenerator<SampleBlock> {
    const untilMs = lastStepMs(steps);
    if (untilMs - steps.startMs > NEWEST_LOOKBACKS_MAX * lookbackMs) {
      return this.read(selected, steps.startMs - lookbackMs, untilMs, budget);
    }
    return this.#readEach(selected, (some, decoder, transaction) =>
      this.#scanNewest(some, steps, lookbackMs, decoder, transaction, budget),
    );
  }

  /**
   * The lookback of the first step is read from its end: a series that has a sample in the span there needs nothing from before the span, at no step.
   * Only for series without one, the rest is read.
   */
  async #scanNewest(
    some: SelectedSeries,
    steps: StepGrid,
    lookbackMs: number,
    decoder: RowDecoder,
    transaction: Transaction,
    budget: ReadBudget,
  ): Promise<void> {
    const { startMs } = steps;
    const { series } = some.measured;
    const spanMs = this.#newestSpans.of(series, lookbackMs);
    const spanStartMs = startMs - spanMs;
    await scan(transaction, scanQuery(some, spanStartMs, lastStepMs(steps)), decoder, budget);
    const counts = decoder.samples.countUntil(startMs, decoder.seriesCount);
    const lacking = some.numbers.filter((_, place) => decoder.isLacking(place, counts));
    let lateSeries = 0;
    if (spanMs < lookbackMs && lacking.length > 0) {
      const older = new RowDecoder(some);
      const query = scanQuery({ ...some, numbers: lacking }, startMs - lookbackMs, spanStartMs);
      await scan(transaction, query, older, budget);
      const olderCounts = older.samples.countUntil(startMs, older.seriesCount);
      lateSeries = countOf(olderCounts, (count, i) => count > 0 && counts[i] === 0);
      decoder.samples.takeBefore(older.samples);
    }
    this.#newestSpans.learn(series, {
      spanMs,
      samples: counts.reduce((sum, count) => sum + count, 0),
      series: countOf(counts, (count) => count > 0),
      lateSeries,
    });
  }

  /** @param read decodes what is to be read of a measurement, all of it as of one moment; nothing when its table is gone */
  async *#readEach(
    selected: readonly SelectedSeries[],
    read: (some: SelectedSeries, decoder: RowDecoder, transaction: Transaction) => Promise<void>,
  ): AsyncGenerator<SampleBlock> {
    let seriesFirst = 0;
    for (const some of selected) {
      const decoder = new RowDecoder(some);
      const { id, name } = some.measured.table;
      await inStatement({ operation: 'COPY', table: name }, async (span) => {
        await readSnapshot(this.database, [], (transaction) => read(some, decoder, transaction));
        span?.setAttribute('db.response.returned_rows', decoder.rowCount);
      });
      const samples = decoder.samples.group(decoder.seriesCount);
      this.onRead(id, samples);
      yield* sampleBlocks(samples, seriesFirst);
      seriesFirst += decoder.seriesCount;
    }
  }
}

function countOf(counts: Uint32Array, fits: (count: number, place: number) => boolean): number {
  return counts.reduce((found, count, place) => found + (fits(count, place) ? 1 : 0), 0);
}
