import type { Labels } from '@overseer/shared';
import { patternOf } from '../../patterns/pattern-room.ts';
import type { EvaluationBudget } from '../context.ts';
import type {
  Matcher,
  ReadBudget,
  RunTaker,
  SampleBlock,
  Selection,
  SelectionUnion,
  SeriesSource,
} from '../series-source.ts';
import { lastStepMs, type StepGrid } from '../step-grid.ts';

/** A series as tests write it down; times are milliseconds since 1970, ascending. */
export interface TestSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export interface MemorySourceOptions {
  /** Series in one block; 3 unless told, so that there are several blocks. */
  readonly blockSeries?: number;
}

/** Series that are lists. Its blocks lie in the same memory, so that nobody gets away with keeping one. */
export class MemorySource implements SeriesSource {
  readonly #series: readonly TestSeries[];
  readonly #blockSeries: number;
  readonly #selected = new WeakMap<Selection, readonly TestSeries[]>();

  constructor(series: readonly TestSeries[], { blockSeries = 3 }: MemorySourceOptions = {}) {
    this.#series = series;
    this.#blockSeries = blockSeries;
  }

  async select(_db: string, matchers: readonly Matcher[]): Promise<Selection> {
    const tests = matchers.map(testOf);
    const selected = this.#series.filter(({ labels }) => tests.every((test) => test(labels)));
    const selection: Selection = {
      ...this.#readerOf(selected),
      labels: selected.map(({ labels }) => labels),
      unite: (others) => this.#unite([selection, ...others]),
    };
    this.#selected.set(selection, selected);
    return selection;
  }

  /** Each series that any of them has once. */
  #unite(selections: readonly Selection[]): SelectionUnion | undefined {
    const takers = new Map<TestSeries, RunTaker[]>();
    for (const [selection, of] of selections.entries()) {
      for (const [first, series] of (this.#selected.get(of) ?? []).entries()) {
        takers.set(series, [...(takers.get(series) ?? []), { selection, first }]);
      }
    }
    if (selections.length === 1) return undefined;
    const runs = [...takers.values()].map((of, first) => ({ first, count: 1, takers: of }));
    const { read, readNewest } = this.#readerOf([...takers.keys()]);
    const reader: SelectionUnion['reader'] = {
      read: (...how) => lasting(read(...how)),
      readNewest: (...how) => lasting(readNewest(...how)),
    };
    return { selections, reader, runs };
  }

  #readerOf(selected: readonly TestSeries[]): Required<Pick<Selection, 'read' | 'readNewest'>> {
    return {
      read: (afterMs, untilMs, budget) => this.#read(selected, afterMs, untilMs, budget),
      readNewest: (steps, lookbackMs, budget) =>
        this.#read(
          selected.map((series) => newestOf(series, steps, lookbackMs)),
          steps.startMs - lookbackMs,
          lastStepMs(steps),
          budget,
        ),
    };
  }

  async *#read(
    selected: readonly TestSeries[],
    afterMs: number,
    untilMs: number,
    budget: ReadBudget,
  ): AsyncGenerator<SampleBlock> {
    const samples = selected.reduce((most, { times }) => Math.max(most, times.length), 0);
    const block = {
      series: new Uint32Array(this.#blockSeries),
      offsets: new Uint32Array(this.#blockSeries + 1),
      times: new Float64Array(samples * this.#blockSeries),
      values: new Float64Array(samples * this.#blockSeries),
    };
    // Backwards: nobody may count on an order.
    for (let next = selected.length; next > 0; next -= this.#blockSeries) {
      budget.signal.throwIfAborted();
      const part = selected.slice(Math.max(0, next - this.#blockSeries), next);
      block.times.fill(Number.NaN);
      block.values.fill(Number.NaN);
      let length = 0;
      for (const [i, { times, values }] of part.entries()) {
        block.series[i] = next - part.length + i;
        for (const [at, time] of times.entries()) {
          if (time <= afterMs || time > untilMs) continue;
          block.times[length] = time;
          block.values[length++] = values[at] as number;
        }
        block.offsets[i + 1] = length;
      }
      budget.spend(length, 16 * length);
      yield { ...block, series: block.series.subarray(0, part.length) };
    }
  }
}

/** Blocks that stay valid. */
async function* lasting(blocks: AsyncIterable<SampleBlock>): AsyncGenerator<SampleBlock> {
  for await (const { series, offsets, times, values } of blocks) {
    yield {
      series: series.slice(),
      offsets: offsets.slice(),
      times: times.slice(),
      values: values.slice(),
    };
  }
}

/** Not a sample more than must be there. */
function newestOf(series: TestSeries, steps: StepGrid, lookbackMs: number): TestSeries {
  const kept = new Set<number>();
  for (let step = 0; step < steps.count; step++) {
    const untilMs = steps.startMs + step * steps.stepMs;
    const place = series.times.findLastIndex((time) => time <= untilMs);
    if ((series.times[place] ?? Number.NEGATIVE_INFINITY) > untilMs - lookbackMs) kept.add(place);
  }
  return {
    labels: series.labels,
    times: series.times.filter((_, place) => kept.has(place)),
    values: series.values.filter((_, place) => kept.has(place)),
  };
}

function testOf(matcher: Matcher): (labels: Labels) => boolean {
  const { name, op, value } = matcher;
  const of = (labels: Labels) => labels[name] ?? '';
  switch (op) {
    case '=':
      return (labels) => of(labels) === value;
    case '!=':
      return (labels) => of(labels) !== value;
    case '=~':
      return (labels) => patternOf(matcher).matches(of(labels));
    case '!~':
      return (labels) => !patternOf(matcher).matches(of(labels));
  }
}

/** A budget without bounds; its signal is the caller's. */
export function unboundedBudget(
  signal: AbortSignal = new AbortController().signal,
): EvaluationBudget & { samples: number; held: number } {
  return {
    signal,
    samples: 0,
    held: 0,
    spend(samples) {
      this.samples += samples;
    },
    hold(values) {
      this.held += values;
    },
  };
}
