import { inStatement } from '@overseer/shared/tracing';
import type { SelectedSeries } from '../labels/label-index.ts';
import { type Database, sqlState } from '../postgres.ts';
import type { ReadBudget, SampleBlock, WindowAggregate } from '../promql/series-source.ts';
import type { StepGrid } from '../promql/step-grid.ts';
import { sampleBlocks } from './sample-blocks.ts';
import { readSnapshot, scan } from './snapshot-scan.ts';
import type { WindowChoice } from './window-choice.ts';
import { WindowDecoder } from './window-decoder.ts';
import { areWindowsExact, windowQuery } from './window-query.ts';

/** PostgreSQL's sum became infinite, or a bound of it 0. */
const NUMERIC_VALUE_OUT_OF_RANGE = '22003';

/**
 * Of each of a statement's workers, for twice as much: groups that fit are hashed, which saves sorting all rows. 100 bytes a window and
 * 50 more for each metric.
 */
const HASH_MEMORY = "SET LOCAL work_mem = '32MB'";

/**
 * What was read of a measurement for windows that do not overlap. aggregated: the windows, as PostgreSQL made them; sparse: samples, because
 * the windows have too few to be worth it, or were in doubt lately; doubtful: samples, because PostgreSQL's windows were not sure to be right.
 */
export const WINDOW_READINGS = ['aggregated', 'sparse', 'doubtful'] as const;
export type WindowReading = (typeof WINDOW_READINGS)[number];

/** Has PostgreSQL aggregate the samples of windows, where that is worthwhile and gives what PromQL would. */
export class WindowReader {
  constructor(
    private readonly database: Database,
    private readonly choice: WindowChoice,
    private readonly onRead: (reading: WindowReading) => void,
  ) {}

  /**
   * The windows of all that was selected, each a sample. All of them lie in memory then: there is one for twenty samples, as far as is known.
   * @returns undefined: samples are to be read
   */
  async read(
    selected: readonly SelectedSeries[],
    aggregate: WindowAggregate,
    windows: StepGrid,
    budget: ReadBudget,
  ): Promise<AsyncIterable<SampleBlock> | undefined> {
    if (!areWindowsExact(windows)) return undefined;
    const isWorthwhile = selected.every(({ measured }) =>
      this.choice.isWorthwhile(measured.table.id, aggregate, windows.stepMs),
    );
    if (!isWorthwhile) {
      for (const _ of selected) this.onRead('sparse');
      return undefined;
    }
    const decoders: WindowDecoder[] = [];
    for (const some of selected) {
      const decoder = await this.#readOne(some, aggregate, windows, budget);
      if (!decoder) return undefined;
      decoders.push(decoder);
    }
    return blocksOf(decoders);
  }

  async #readOne(
    some: SelectedSeries,
    aggregate: WindowAggregate,
    windows: StepGrid,
    budget: ReadBudget,
  ): Promise<WindowDecoder | undefined> {
    const { name, id } = some.measured.table;
    const decoder = new WindowDecoder(some);
    const query = windowQuery(some, aggregate, windows);
    await inStatement({ operation: 'COPY', table: name }, async (span) => {
      try {
        await readSnapshot(this.database, [HASH_MEMORY], (transaction) =>
          scan(transaction, query, decoder, budget),
        );
      } catch (error) {
        if (sqlState(error) !== NUMERIC_VALUE_OUT_OF_RANGE) throw error;
        decoder.isDoubtful = true;
      }
      span?.setAttribute('db.response.returned_rows', decoder.windowCount);
      span?.setAttribute('overseer.query.window_rows', decoder.rowCount);
    });
    this.choice.learnWindows(id, windows.stepMs, decoder.windowCount, decoder.rowCount);
    if (decoder.isDoubtful) {
      this.choice.learnDoubt(id, aggregate);
      this.onRead('doubtful');
      return undefined;
    }
    this.onRead('aggregated');
    return decoder;
  }
}

async function* blocksOf(decoders: readonly WindowDecoder[]): AsyncGenerator<SampleBlock> {
  let seriesFirst = 0;
  for (const { samples, seriesCount } of decoders) {
    yield* sampleBlocks(samples.group(seriesCount), seriesFirst);
    seriesFirst += seriesCount;
  }
}
