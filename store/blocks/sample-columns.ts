/** Room of the first chunk; each has twice that of the one before, up to the other. They are not copied when there are more. */
const CHUNK_SAMPLES_FIRST = 4 * 1024;
const CHUNK_SAMPLES = 64 * 1024;

interface Chunk {
  readonly series: Uint32Array;
  readonly times: Float64Array;
  readonly fractions: Uint32Array;
  readonly values: Float64Array;
  /** How many samples it has; the rest is room. */
  size: number;
}

/** Samples in order of series; series i has those from `offsets[i]` to `offsets[i + 1]` (exclusive). */
export interface GroupedSamples {
  readonly offsets: Uint32Array;
  readonly times: Float64Array;
  readonly fractions: Uint32Array;
  readonly values: Float64Array;
}

/** Samples as they are read, in any order, columnar: 24 bytes each. */
export class SampleColumns {
  #chunks: Chunk[] = [];
  #chunk = newChunk(0);
  /** Of the chunks before the last one. */
  #sizeBefore = 0;

  get size(): number {
    return this.#sizeBefore + this.#chunk.size;
  }

  /**
   * @param series a small number: there are counters up to the largest
   * @param timeMs whole milliseconds since 1970
   * @param fraction nanoseconds within the millisecond
   */
  add(series: number, timeMs: number, fraction: number, value: number): void {
    if (this.#chunk.size === this.#chunk.series.length) this.#startChunk();
    const chunk = this.#chunk;
    const at = chunk.size++;
    chunk.series[at] = series;
    chunk.times[at] = timeMs;
    chunk.fractions[at] = fraction;
    chunk.values[at] = value;
  }

  #startChunk(): void {
    const { size } = this.#chunk;
    this.#sizeBefore += size;
    this.#chunk = newChunk(Math.min(Math.max(2 * size, CHUNK_SAMPLES_FIRST), CHUNK_SAMPLES));
    this.#chunks.push(this.#chunk);
  }

  /** Takes over all samples of other columns, as if they had been added before those that are here. */
  takeBefore(others: SampleColumns): void {
    if (others.size === 0) return;
    const size = this.size + others.size;
    if (this.size === 0) this.#chunk = others.#chunk;
    this.#chunks = [...others.#chunks, ...this.#chunks];
    this.#sizeBefore = size - this.#chunk.size;
    others.#empty();
  }

  /** How many samples each series has of times until then. */
  countUntil(timeMs: number, seriesCount: number): Uint32Array {
    const counts = new Uint32Array(seriesCount);
    for (const { series, times, size } of this.#chunks) {
      for (let i = 0; i < size; i++) {
        if ((times[i] as number) > timeMs) continue;
        const number = series[i] as number;
        counts[number] = (counts[number] as number) + 1;
      }
    }
    return counts;
  }

  /** The samples by series, each in the order of its addition: a counting sort. Afterwards the columns are empty. */
  group(seriesCount: number): GroupedSamples {
    const { size } = this;
    const offsets = this.#offsets(seriesCount);
    const grouped: GroupedSamples = {
      offsets,
      times: new Float64Array(size),
      fractions: new Uint32Array(size),
      values: new Float64Array(size),
    };
    const next = offsets.slice();
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      scatter(chunk, grouped, next);
    }
    this.#empty();
    return grouped;
  }

  #empty(): void {
    this.#chunks = [];
    this.#chunk = newChunk(0);
    this.#sizeBefore = 0;
  }

  #offsets(seriesCount: number): Uint32Array {
    const offsets = new Uint32Array(seriesCount + 1);
    for (const { series, size } of this.#chunks) {
      for (let i = 0; i < size; i++) {
        const after = (series[i] as number) + 1;
        offsets[after] = (offsets[after] as number) + 1;
      }
    }
    for (let i = 1; i <= seriesCount; i++) {
      offsets[i] = (offsets[i] as number) + (offsets[i - 1] as number);
    }
    return offsets;
  }
}

function newChunk(samples: number): Chunk {
  return {
    series: new Uint32Array(samples),
    times: new Float64Array(samples),
    fractions: new Uint32Array(samples),
    values: new Float64Array(samples),
    size: 0,
  };
}

/** @param next for each series, where its next sample goes; moved on */
function scatter(chunk: Chunk, grouped: GroupedSamples, next: Uint32Array): void {
  const { series, times, fractions, values, size } = chunk;
  for (let i = 0; i < size; i++) {
    const number = series[i] as number;
    const at = next[number] as number;
    next[number] = at + 1;
    grouped.times[at] = times[i] as number;
    grouped.fractions[at] = fractions[i] as number;
    grouped.values[at] = values[i] as number;
  }
}
