import type { Pace } from '../pace.ts';
import type { SampleBlock, SelectionUnion, SeriesRun } from '../series-source.ts';

/** Reads the blocks of a union to their end; gives those of each of its selections, by their place, in the numbers of its own. */
export async function dealtBlocks(
  { selections, runs }: SelectionUnion,
  blocks: AsyncIterable<SampleBlock>,
  pace: Pace,
): Promise<SampleBlock[][]> {
  const dealt = selections.map((): SampleBlock[] => []);
  for await (const block of blocks) {
    deal(block, runs, dealt);
    if (pace.isDue) await pace.rest();
  }
  return dealt;
}

/** Cuts a block where another run begins. Nothing is copied but numbers and offsets. */
function deal(block: SampleBlock, runs: readonly SeriesRun[], dealt: SampleBlock[][]): void {
  const { series, offsets, times, values } = block;
  let to = 0;
  for (let from = 0; from < series.length; from = to) {
    const run = runOf(series[from] as number, runs);
    const isOfRun = (number: number) => run.first <= number && number < run.first + run.count;
    to = from + 1;
    while (to < series.length && isOfRun(series[to] as number)) to++;
    const first = offsets[from] as number;
    const end = offsets[to] as number;
    const samples = {
      offsets: offsets.slice(from, to + 1).map((offset) => offset - first),
      times: times.subarray(first, end),
      values: values.subarray(first, end),
    };
    for (const taker of run.takers) {
      const own = series.slice(from, to).map((number) => number - run.first + taker.first);
      dealt[taker.selection]?.push({ series: own, ...samples });
    }
  }
}

/** The run that has a series: the last that does not begin behind it. */
function runOf(number: number, runs: readonly SeriesRun[]): SeriesRun {
  let low = 0;
  let high = runs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as SeriesRun).first <= number) low = middle;
    else high = middle;
  }
  return runs[low] as SeriesRun;
}
