import { AnswerError, type Labels, type Logger } from '@overseer/shared';
import { inStatement } from '@overseer/shared/tracing';
import { streamCopy } from '../copy-out.ts';
import type { LabelIndex, SelectedSeries } from '../labels/label-index.ts';
import { distinctLabels, labelNames, labelSets, labelValues } from '../labels/label-sets.ts';
import { SeriesFeed } from '../labels/series-feed.ts';
import { type Database, isTableOrColumnMissing, sqlState } from '../postgres.ts';
import type {
  Matcher,
  ReadBudget,
  SampleBlock,
  Selection,
  SeriesSource,
} from '../promql/series-source.ts';
import { RowDecoder } from './row-decoder.ts';
import { sampleBlocks } from './sample-blocks.ts';
import { scanQuery } from './scan.ts';

/** Series of one selection, unless told: their labels are objects, a third of a kilobyte each. */
const SERIES_SELECTED_MAX = 200_000;
/** What was read is counted against the budget whenever it is so much. */
const SPEND_BYTES = 256 * 1024;

const QUERY_CANCELED = '57014';

export interface PostgresSeriesOptions {
  /** Limit of one selection. */
  readonly seriesMax?: number;
}

type MatcherSets = readonly (readonly Matcher[])[];

/**
 * Series and samples as PostgreSQL has them; knows nothing of whoever writes. Labels are answered from memory as of the last `refresh`,
 * samples as of the moment they are read.
 */
export class PostgresSeries implements SeriesSource {
  readonly #seriesMax: number;

  private constructor(
    private readonly database: Database,
    private readonly feed: SeriesFeed,
    options: PostgresSeriesOptions,
  ) {
    this.#seriesMax = options.seriesMax ?? SERIES_SELECTED_MAX;
  }

  /**
   * Reads every series.
   * @param database as many connections as selections are read at once, and one; its sessions should have a statement_timeout
   */
  static async open(
    database: Database,
    log: Logger,
    options: PostgresSeriesOptions = {},
  ): Promise<PostgresSeries> {
    const series = new PostgresSeries(database, new SeriesFeed(database, log), options);
    await series.refresh();
    return series;
  }

  /** Brings in every series, table and field that was committed before the call; once before each question. */
  refresh(): Promise<void> {
    return this.feed.refresh();
  }

  /** For facts on databases and measurements. Not to be kept: another one may take its place. */
  get index(): LabelIndex {
    return this.feed.index;
  }

  /** As of when it is, by PostgreSQL's clock: milliseconds since 1970. */
  get refreshedAtMs(): number {
    return this.feed.refreshedAtMs;
  }

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    const selected = this.index.select(db, matchers);
    return {
      labels: distinctLabels(selected, this.#seriesMax),
      read: (afterMs, untilMs, budget) => this.#read(selected, afterMs, untilMs, budget),
    };
  }

  /** Names of labels of the series that fit one of the sets of matchers, or of all; sorted. */
  labelNames(db: string, sets: MatcherSets): string[] {
    return labelNames(this.index, db, sets);
  }

  /** Values of a label of such series; sorted. */
  labelValues(db: string, label: string, sets: MatcherSets): string[] {
    return labelValues(this.index, db, label, sets);
  }

  /** Such series by their labels. @throws AnswerError limit */
  series(db: string, sets: MatcherSets): Labels[] {
    return labelSets(this.index, db, sets, this.#seriesMax);
  }

  async *#read(
    selected: readonly SelectedSeries[],
    afterMs: number,
    untilMs: number,
    budget: ReadBudget,
  ): AsyncGenerator<SampleBlock> {
    let seriesFirst = 0;
    for (const some of selected) {
      const decoder = new RowDecoder(some);
      const query = scanQuery(some, afterMs, untilMs);
      await inStatement({ operation: 'COPY', table: some.measured.table.name }, async (span) => {
        await this.#scan(query, decoder, budget);
        span?.setAttribute('db.response.returned_rows', decoder.rowCount);
      });
      yield* sampleBlocks(decoder.samples.group(decoder.seriesCount), seriesFirst);
      seriesFirst += decoder.seriesCount;
    }
  }

  /** One COPY of all rows of a measurement; nothing when its table is gone. */
  async #scan(query: string, decoder: RowDecoder, budget: ReadBudget): Promise<void> {
    let samples = 0;
    let bytes = 0;
    const spend = () => {
      budget.spend(decoder.samples.size - samples, bytes);
      samples = decoder.samples.size;
      bytes = 0;
    };
    try {
      await this.database.begin('read only', async (transaction) => {
        // PostgreSQL would start some scans in the middle of a table, to share pages with others: then all that comes is to be sorted.
        await transaction`SET LOCAL synchronize_seqscans = off`;
        await streamCopy(
          transaction,
          query,
          (chunk) => {
            decoder.push(chunk);
            bytes += chunk.length;
            if (bytes >= SPEND_BYTES) spend();
          },
          budget.signal,
        );
      });
      spend();
    } catch (error) {
      // They were dropped since the index was refreshed.
      if (!isTableOrColumnMissing(error)) throw readingError(error);
    }
  }
}

function readingError(error: unknown): unknown {
  if (sqlState(error) !== QUERY_CANCELED) return error;
  return new AnswerError(
    'timeout',
    'PostgreSQL took longer to read the samples than it may: ask for fewer series or less time',
    { cause: error },
  );
}
