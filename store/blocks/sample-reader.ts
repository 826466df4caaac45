import { inStatement } from '@overseer/shared/tracing';
import type { SelectedSeries } from '../labels/label-index.ts';
import type { Database, Transaction } from '../postgres.ts';
import type { ReadBudget, SampleBlock } from '../promql/series-source.ts';
import { lastStepMs, type StepGrid } from '../promql/step-grid.ts';
import { NewestSpans } from './newest-spans.ts';
import { RowDecoder } from './row-decoder.ts';
import { sampleBlocks } from './sample-blocks.ts';
import type { GroupedSamples } from './sample-columns.ts';
import { scanQuery, unionQuery } from './scan.ts';
import { type DecodedScan, ScanDecoder } from './scan-decoder.ts';
import { scanGroups } from './scan-groups.ts';
import { readSnapshot, scan } from './snapshot-scan.ts';

/** Steps over more lookbacks than this gain too little by leaving out the first one. */
const NEWEST_LOOKBACKS_MAX = 4;
/** Steps so many lookbacks apart are read one by one: at least half of what lies between is left out, */
const APART_LOOKBACKS_MIN = 2;
/** unless they are more than these: planning takes some 0.1 ms for each. */
const APART_STEPS_MAX = 256;
/** Parts of one statement. */
const SCANS_MAX = 32;

/** Series of a measurement, and what takes their samples. */
interface Reading {
  readonly selected: SelectedSeries;
  readonly decoder: RowDecoder;
}

/** Reads all that is wanted of some measurements as of one moment; gives how many rows came. */
type Read = (readings: readonly Reading[], transaction: Transaction) => Promise<number>;

/** Reads the samples of selected series, one measurement after the other, small ones together. */
export class SampleReader {
  readonly #newestSpans = new NewestSpans();

  /** @param onRead gets what was read of each table without gaps, which stays the reader's */
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
    return this.#readEach(selected, (readings, transaction) => {
      const scans = readings.map((reading) => ({ ...reading, afterMs, untilMs }));
      return scanAll(transaction, scans, budget);
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
    if (steps.stepMs >= APART_LOOKBACKS_MIN * lookbackMs && steps.count <= APART_STEPS_MAX) {
      return this.#readEach(
        selected,
        (readings, transaction) => scanApart(readings, steps, lookbackMs, transaction, budget),
        () => undefined,
      );
    }
    if (untilMs - steps.startMs > NEWEST_LOOKBACKS_MAX * lookbackMs) {
      return this.read(selected, steps.startMs - lookbackMs, untilMs, budget);
    }
    return this.#readEach(selected, (readings, transaction) =>
      this.#scanNewest(readings, steps, lookbackMs, transaction, budget),
    );
  }

  /**
   * The lookback of the first step is read from its end: a series that has a sample in the span there needs nothing from before the span,
   * at no step. Only for series without one, the rest is read.
   */
  async #scanNewest(
    readings: readonly Reading[],
    steps: StepGrid,
    lookbackMs: number,
    transaction: Transaction,
    budget: ReadBudget,
  ): Promise<number> {
    const { startMs } = steps;
    const untilMs = lastStepMs(steps);
    const newest = readings.map((reading) => {
      const spanMs = this.#newestSpans.of(reading.selected.measured.series, lookbackMs);
      return { ...reading, spanMs, afterMs: startMs - spanMs, untilMs };
    });
    let rowCount = await scanAll(transaction, newest, budget);
    const older = newest.map(({ selected, decoder, spanMs, afterMs }) => {
      const counts = decoder.countUntil(startMs);
      const numbers = spanMs < lookbackMs ? decoder.lacking(counts) : NONE;
      return {
        selected: { ...selected, numbers },
        decoder: new RowDecoder(selected),
        afterMs: startMs - lookbackMs,
        untilMs: afterMs,
        of: decoder,
        spanMs,
        counts,
      };
    });
    const wanted = older.filter(({ selected }) => selected.numbers.length > 0);
    rowCount += await scanAll(transaction, wanted, budget);
    for (const { selected, decoder, of, spanMs, counts } of older) {
      const { series } = selected.measured;
      this.#newestSpans.learn(series, spanMs, counts, decoder.countUntil(startMs));
      of.samples.takeBefore(decoder.samples);
    }
    return rowCount;
  }

  async *#readEach(
    selected: readonly SelectedSeries[],
    read: Read,
    onRead = this.onRead,
  ): AsyncGenerator<SampleBlock> {
    let seriesFirst = 0;
    for (const group of scanGroups(selected)) {
      for (const { selected, decoder } of await this.#readGroup(group, read)) {
        const samples = decoder.samples.group(decoder.seriesCount);
        onRead(selected.measured.table.id, samples);
        yield* sampleBlocks(samples, seriesFirst);
        seriesFirst += decoder.seriesCount;
      }
    }
  }

  /** Measurements whose tables are gone have nothing. */
  async #readGroup(group: readonly SelectedSeries[], read: Read): Promise<Reading[]> {
    const readings = group.map((selected) => ({ selected, decoder: new RowDecoder(selected) }));
    const [first] = group;
    const table = group.length === 1 && first ? { table: first.measured.table.name } : {};
    const statement = { operation: 'COPY', ...table };
    const isThere = await inStatement(statement, (span) =>
      readSnapshot(this.database, [], async (transaction) => {
        const rowCount = await read(readings, transaction);
        span?.setAttribute('db.response.returned_rows', rowCount);
      }),
    );
    if (isThere || group.length === 1) return readings;
    const each: Reading[] = [];
    for (const some of group) each.push(...(await this.#readGroup([some], read)));
    return each;
  }
}

const NONE = new Uint32Array(0);

/** The lookback of each step, none of which overlap. */
async function scanApart(
  readings: readonly Reading[],
  { startMs, stepMs, count }: StepGrid,
  lookbackMs: number,
  transaction: Transaction,
  budget: ReadBudget,
): Promise<number> {
  const scans: DecodedScan[] = [];
  for (const reading of readings) {
    for (let step = 0; step < count; step++) {
      const untilMs = startMs + step * stepMs;
      scans.push({ ...reading, afterMs: untilMs - lookbackMs, untilMs });
    }
  }
  let rowCount = 0;
  for (let from = 0; from < scans.length; from += SCANS_MAX) {
    rowCount += await scanAll(transaction, scans.slice(from, from + SCANS_MAX), budget);
  }
  return rowCount;
}

/** One COPY of all rows; gives how many came. */
async function scanAll(
  transaction: Transaction,
  scans: readonly DecodedScan[],
  budget: ReadBudget,
): Promise<number> {
  const [first] = scans;
  if (!first) return 0;
  const decoder = new ScanDecoder(scans);
  await scan(
    transaction,
    scans.length === 1 ? scanQuery(first) : unionQuery(scans),
    decoder,
    budget,
  );
  return decoder.rowCount;
}
