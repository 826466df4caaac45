import type { Labels } from '@overseer/shared';
import type { Measured, Metric, SelectedSeries } from '../labels/label-index.ts';
import type {
  ReadBudget,
  RunTaker,
  SampleBlock,
  Selection,
  SelectionUnion,
  SeriesRun,
  WindowAggregate,
} from '../promql/series-source.ts';
import type { StepGrid } from '../promql/step-grid.ts';
import type { SampleReader } from './sample-reader.ts';
import type { WindowReader } from './window-reader.ts';

export interface SelectionReaders {
  readonly samples: SampleReader;
  readonly windows: WindowReader;
}

/** Series of some measurements, read of PostgreSQL. */
class PostgresReader {
  constructor(
    protected readonly readers: SelectionReaders,
    protected readonly selected: readonly SelectedSeries[],
  ) {}

  read(afterMs: number, untilMs: number, budget: ReadBudget): AsyncIterable<SampleBlock> {
    return this.readers.samples.read(this.selected, afterMs, untilMs, budget);
  }

  readNewest(steps: StepGrid, lookbackMs: number, budget: ReadBudget): AsyncIterable<SampleBlock> {
    return this.readers.samples.readNewest(this.selected, steps, lookbackMs, budget);
  }

  readWindows(
    aggregate: WindowAggregate,
    windows: StepGrid,
    budget: ReadBudget,
  ): Promise<AsyncIterable<SampleBlock> | undefined> {
    return this.readers.windows.read(this.selected, aggregate, windows, budget);
  }
}

/** What was selected of the index. With others of the same series but other metrics it is read by the same statements. */
export class PostgresSelection extends PostgresReader implements Selection {
  constructor(
    readers: SelectionReaders,
    selected: readonly SelectedSeries[],
    readonly labels: readonly Labels[],
  ) {
    super(readers, selected);
  }

  unite(others: readonly Selection[]): SelectionUnion | undefined {
    const selections: PostgresSelection[] = [this];
    for (const other of others) {
      if (other instanceof PostgresSelection && other.#hasRowsOf(this)) selections.push(other);
    }
    if (selections.length === 1) return undefined;
    const { selected, runs } = unite(selections.map((selection) => selection.selected));
    return { selections, reader: new PostgresReader(this.readers, selected), runs };
  }

  #hasRowsOf(other: PostgresSelection): boolean {
    return this.selected.some((own) => other.selected.some((some) => isOfSameRows(own, some)));
  }
}

/** Series of a measurement with the metrics that one selection or another has of them. */
interface UnitedSeries {
  readonly measured: Measured;
  readonly numbers: Uint32Array;
  readonly takers: Map<Metric, RunTaker[]>;
}

/** Each series and metric once, and by metric, whose they are. */
function unite(selections: readonly (readonly SelectedSeries[])[]) {
  const united = new Map<Measured, UnitedSeries[]>();
  for (const [selection, selected] of selections.entries()) {
    let first = 0;
    for (const some of selected) {
      const { takers } = placeOf(some, united);
      for (const metric of some.metrics) {
        const taker = { selection, first };
        const others = takers.get(metric);
        if (others) others.push(taker);
        else takers.set(metric, [taker]);
        first += some.numbers.length;
      }
    }
  }
  const selected: SelectedSeries[] = [];
  const runs: SeriesRun[] = [];
  let first = 0;
  for (const { measured, numbers, takers } of [...united.values()].flat()) {
    selected.push({ measured, metrics: [...takers.keys()], numbers });
    for (const of of takers.values()) {
      runs.push({ first, count: numbers.length, takers: of });
      first += numbers.length;
    }
  }
  return { selected, runs };
}

function placeOf(some: SelectedSeries, united: Map<Measured, UnitedSeries[]>): UnitedSeries {
  const { measured, numbers } = some;
  const ofMeasured = united.get(measured) ?? [];
  united.set(measured, ofMeasured);
  let place = ofMeasured.find((each) => isOfSameRows(each, some));
  if (!place) {
    place = { measured, numbers, takers: new Map() };
    ofMeasured.push(place);
  }
  return place;
}

type Rows = Pick<SelectedSeries, 'measured' | 'numbers'>;

/** Between two selections series may have come, and tables have changed. */
function isOfSameRows(one: Rows, other: Rows): boolean {
  return (
    one.measured === other.measured &&
    one.numbers.length === other.numbers.length &&
    one.numbers.every((number, place) => number === other.numbers[place])
  );
}
