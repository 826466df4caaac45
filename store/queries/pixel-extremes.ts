import { gridOf, type RowReduction, type StepGrid, type StepValues } from '../promql/mod.ts';

/**
 * What a chart shows of a series that has more steps than the chart has columns: of each column the least and the greatest value, so that
 * no spike is left out.
 */

/** Of a row that is reduced, from the first step to the last: a month with one every ten seconds. */
export const REDUCED_STEPS_MAX = 262_144;
/** The longest step that is chosen for an asker, unless steps would be too many. */
const CHOSEN_STEP_MS = 1000;
/** Of each span. */
const VALUES = 2;

interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

interface PixelRange extends Range {
  readonly pixels: number;
}

/** What a range query is evaluated at. */
export interface SteppedRange extends Range {
  readonly stepMs: number;
  readonly pixels?: number;
}

/** A second, less where even that would be fewer than two steps a pixel, and more where there would be too many. */
export function chosenStepMs({ startMs, endMs, pixels }: PixelRange): number {
  const rangeMs = endMs - startMs;
  const wantedMs = Math.min(CHOSEN_STEP_MS, Math.floor(rangeMs / (VALUES * pixels)));
  return Math.max(1, wantedMs, Math.ceil(rangeMs / REDUCED_STEPS_MAX));
}

/** @throws AnswerError bad_data: too many steps */
export function stepsOf(range: SteppedRange): StepGrid {
  return range.pixels === undefined ? gridOf(range) : gridOf(range, REDUCED_STEPS_MAX);
}

/** How rows become less; undefined: they are as the asker wants them, because they have no more than two values a pixel. */
export function reductionOf(range: SteppedRange): PixelExtremes | undefined {
  const { startMs, endMs, pixels } = range;
  const steps = stepsOf(range);
  if (pixels === undefined || steps.count <= VALUES * pixels) return undefined;
  return new PixelExtremes(steps, { startMs, endMs, pixels });
}

/**
 * Rows of many steps as two values for each pixel: least and greatest of the steps in its span of time, in the order in which they came
 * first. A span with a single value has it twice, one without any has none. NaN is neither least nor greatest: a span has it only
 * where it has no number.
 */
export class PixelExtremes implements RowReduction {
  readonly stepsMax = REDUCED_STEPS_MAX;
  /** Of the answer: half a span is a step. */
  readonly grid: StepGrid;
  /** Of each span; the last element is where the steps end. */
  readonly #firstSteps: Uint32Array;

  /** @param steps more than two a pixel */
  constructor(steps: StepGrid, { startMs, endMs, pixels }: PixelRange) {
    const rangeMs = endMs - startMs;
    this.grid = { startMs, stepMs: rangeMs / pixels / VALUES, count: VALUES * pixels };
    this.#firstSteps = Uint32Array.from({ length: pixels + 1 }, (_, span) =>
      span === pixels ? steps.count : Math.ceil((span * rangeMs) / (pixels * steps.stepMs)),
    );
  }

  get valueCount(): number {
    return this.grid.count;
  }

  reduce(values: Float64Array, present: Uint8Array, base: number): StepValues {
    const { count } = this.grid;
    const firstSteps = this.#firstSteps;
    const extremes = new Float64Array(count);
    const bits = new Uint8Array((count + 7) >> 3);
    let presentCount = 0;
    for (let at = 0; at < count; at += VALUES) {
      const from = base + (firstSteps[at >> 1] as number);
      const to = base + (firstSteps[(at >> 1) + 1] as number);
      const isPresent = writeExtremes(values, present, from, to, extremes, at);
      if (!isPresent) continue;
      // Both bits are in one byte, because the first of them is even.
      bits[at >> 3] = (bits[at >> 3] as number) | (0b11 << (at & 7));
      presentCount += VALUES;
    }
    return { values: extremes, present: presentCount === count ? undefined : bits };
  }
}

/**
 * Of the values from `from` to `to` (exclusive); NaN twice where there is no number.
 * @returns whether there is any value, be it NaN
 */
function writeExtremes(
  values: Float64Array,
  present: Uint8Array,
  from: number,
  to: number,
  extremes: Float64Array,
  at: number,
): boolean {
  let least = Number.NaN;
  let greatest = Number.NaN;
  let leastAt = -1;
  let greatestAt = -1;
  let isPresent = false;
  for (let i = from; i < to; i++) {
    if (present[i] === 0) continue;
    isPresent = true;
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    if (leastAt < 0 || value < least) {
      least = value;
      leastAt = i;
    }
    if (greatestAt < 0 || value > greatest) {
      greatest = value;
      greatestAt = i;
    }
  }
  extremes[at] = leastAt <= greatestAt ? least : greatest;
  extremes[at + 1] = leastAt <= greatestAt ? greatest : least;
  return isPresent;
}
