import type { Labels, Logger } from '@overseer/shared';
import type { LabelIndex } from '../labels/label-index.ts';
import { distinctLabels, labelNames, labelSets, labelValues } from '../labels/label-sets.ts';
import { SeriesFeed } from '../labels/series-feed.ts';
import type { Database } from '../postgres.ts';
import type { Matcher, Selection, SeriesSource } from '../promql/series-source.ts';
import { PostgresSelection, type SelectionReaders } from './postgres-selection.ts';
import { SampleReader } from './sample-reader.ts';
import { WindowChoice } from './window-choice.ts';
import { WindowReader, type WindowReading } from './window-reader.ts';

/** Series of one selection, unless told: their labels are objects, a third of a kilobyte each. */
const SERIES_SELECTED_MAX = 200_000;

export interface PostgresSeriesOptions {
  /** Limit of one selection. */
  readonly seriesMax?: number;
  /** Told how windows of a measurement were read. */
  readonly onWindowsRead?: (reading: WindowReading) => void;
}

type MatcherSets = readonly (readonly Matcher[])[];

/**
 * Series and samples as PostgreSQL has them; knows nothing of whoever writes. Labels are answered from memory as of the last `refresh`,
 * samples as of the moment they are read.
 */
export class PostgresSeries implements SeriesSource {
  readonly #seriesMax: number;
  readonly #readers: SelectionReaders;

  private constructor(
    database: Database,
    private readonly feed: SeriesFeed,
    options: PostgresSeriesOptions,
  ) {
    const choice = new WindowChoice();
    this.#readers = {
      windows: new WindowReader(database, choice, options.onWindowsRead ?? (() => undefined)),
      samples: new SampleReader(database, (tableId, samples) =>
        choice.learnSamples(tableId, samples),
      ),
    };
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
    const labels = distinctLabels(selected, this.#seriesMax);
    return new PostgresSelection(this.#readers, selected, labels);
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
}
