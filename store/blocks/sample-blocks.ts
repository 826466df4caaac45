import type { SampleBlock } from '../promql/series-source.ts';
import type { GroupedSamples } from './sample-columns.ts';

/** A block is full with so many; a series that has more is a block alone. */
const BLOCK_SAMPLES = 64 * 1024;

/**
 * Blocks of grouped samples: each series in order of time, of several samples within a millisecond the last. Works in the memory of the
 * samples, of which blocks are views.
 * @param seriesFirst number that the selection gives the first series
 */
export function* sampleBlocks(
  samples: GroupedSamples,
  seriesFirst: number,
): Generator<SampleBlock> {
  const { offsets, times, values } = samples;
  let series: number[] = [];
  let ends: number[] = [0];
  let blockFrom = 0;
  let to = 0;
  const finish = (): SampleBlock => ({
    series: Uint32Array.from(series),
    offsets: Uint32Array.from(ends),
    times: times.subarray(blockFrom, to),
    values: values.subarray(blockFrom, to),
  });
  for (let i = 0; i + 1 < offsets.length; i++) {
    const from = offsets[i] as number;
    const end = offsets[i + 1] as number;
    if (from === end) continue;
    if (to > blockFrom && to - blockFrom + (end - from) > BLOCK_SAMPLES) {
      yield finish();
      series = [];
      ends = [0];
      blockFrom = to;
    }
    if (!isAscending(samples, from, end)) sortByTime(samples, from, end);
    to = keepLast(samples, from, end, to);
    series.push(seriesFirst + i);
    ends.push(to - blockFrom);
  }
  if (to > blockFrom) yield finish();
}

function isAscending({ times, fractions }: GroupedSamples, from: number, end: number): boolean {
  for (let i = from + 1; i < end; i++) {
    const step = (times[i] as number) - (times[i - 1] as number);
    if (step < 0 || (step === 0 && (fractions[i] as number) < (fractions[i - 1] as number))) {
      return false;
    }
  }
  return true;
}

/** Rows that came late stand where there was room. */
function sortByTime(samples: GroupedSamples, from: number, end: number): void {
  const times = samples.times.slice(from, end);
  const fractions = samples.fractions.slice(from, end);
  const values = samples.values.slice(from, end);
  const order = Uint32Array.from(times, (_, i) => i).sort(
    (a, b) =>
      (times[a] as number) - (times[b] as number) ||
      (fractions[a] as number) - (fractions[b] as number),
  );
  for (let i = 0; i < order.length; i++) {
    const source = order[i] as number;
    samples.times[from + i] = times[source] as number;
    samples.fractions[from + i] = fractions[source] as number;
    samples.values[from + i] = values[source] as number;
  }
}

/** Moves a series' samples to `to`, of those within a millisecond the last; gives the place after them. */
function keepLast(
  { times, values }: GroupedSamples,
  from: number,
  end: number,
  to: number,
): number {
  let last = to - 1;
  for (let i = from; i < end; i++) {
    const time = times[i] as number;
    if (last < to || times[last] !== time) last++;
    times[last] = time;
    values[last] = values[i] as number;
  }
  return last + 1;
}
