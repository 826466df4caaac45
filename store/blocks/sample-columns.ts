/** Samples of one chunk; chunks are not copied when there are more. */
const CHUNK_SAMPLES = 64 * 1024;

interface Chunk {
  readonly series: Uint32Array;
  readonly times: Float64Array;
  readonly fractions: Uint32Array;
  readonly values: Float64Array;
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
  readonly #chunks: Chunk[] = [];
  #chunk = newChunk(0);
  #count = 0;

  get size(): number {
    return this.#chunks.length === 0 ? 0 : (this.#chunks.length - 1) * CHUNK_SAMPLES + this.#count;
  }

  /**
   * @param series a small number: there are counters up to the largest
   * @param timeMs whole milliseconds since 1970
   * @param fraction nanoseconds within the millisecond
   */
  add(series: number, timeMs: number, fraction: number, value: number): void {
    if (this.#count === this.#chunk.series.length) {
      this.#chunk = newChunk(CHUNK_SAMPLES);
      this.#chunks.push(this.#chunk);
      this.#count = 0;
    }
    const at = this.#count++;
    const { series: numbers, times, fractions, values } = this.#chunk;
    numbers[at] = series;
    times[at] = timeMs;
    fractions[at] = fraction;
    values[at] = value;
  }

  /** The samples by series, each in the order of its addition: a counting sort. Afterwards the columns are empty. */
  group(seriesCount: number): GroupedSamples {
    const size = this.size;
    const offsets = this.#offsets(seriesCount);
    const grouped: GroupedSamples = {
      offsets,
      times: new Float64Array(size),
      fractions: new Uint32Array(size),
      values: new Float64Array(size),
    };
    const next = offsets.slice();
    for (let chunk = this.#chunks.shift(), rest = size; chunk; chunk = this.#chunks.shift()) {
      scatter(chunk, Math.min(rest, CHUNK_SAMPLES), grouped, next);
      rest -= CHUNK_SAMPLES;
    }
    this.#chunk = newChunk(0);
    this.#count = 0;
    return grouped;
  }

  #offsets(seriesCount: number): Uint32Array {
    const offsets = new Uint32Array(seriesCount + 1);
    let rest = this.size;
    for (const { series } of this.#chunks) {
      const count = Math.min(rest, CHUNK_SAMPLES);
      for (let i = 0; i < count; i++) {
        const after = (series[i] as number) + 1;
        offsets[after] = (offsets[after] as number) + 1;
      }
      rest -= count;
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
  };
}

/** @param next for each series, where its next sample goes; moved on */
function scatter(chunk: Chunk, count: number, grouped: GroupedSamples, next: Uint32Array): void {
  const { series, times, fractions, values } = chunk;
  for (let i = 0; i < count; i++) {
    const number = series[i] as number;
    const at = next[number] as number;
    next[number] = at + 1;
    grouped.times[at] = times[i] as number;
    grouped.fractions[at] = fractions[i] as number;
    grouped.values[at] = values[i] as number;
  }
}
