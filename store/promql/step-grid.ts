import { AnswerError, type Labels } from '@overseer/shared';

/** Evaluated at startMs, startMs + stepMs … `count` times; milliseconds since 1970. */
export interface StepGrid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Values of a series of an answer. */
export interface StepValues {
  /** One a step; NaN where there is none. */
  readonly values: Float64Array;
  /** Bit i & 7 of byte i >> 3: there is a value at step i. Undefined: at every step. */
  readonly present: Uint8Array | undefined;
}

/** A series of an answer, a value a step. */
export interface StepSeries extends StepValues {
  readonly labels: Labels;
}

/** From the first to the last, as in Prometheus: there is one value more. Each costs a float64 in every series and accumulator. */
export const STEPS_MAX = 11_000;

/**
 * All steps from startMs to endMs.
 * @param stepsMax from the first to the last
 * @throws AnswerError bad_data: they are too many
 */
export function gridOf(
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  stepsMax = STEPS_MAX,
): StepGrid {
  const { startMs, endMs, stepMs } = range;
  const grid = { startMs, stepMs, count: Math.floor((endMs - startMs) / stepMs) + 1 };
  checkGrid(grid, stepsMax);
  return grid;
}

/** @throws AnswerError bad_data: too many steps */
export function checkGrid({ startMs, stepMs, count }: StepGrid, stepsMax = STEPS_MAX): void {
  if (!Number.isFinite(startMs) || !(stepMs > 0) || !(count >= 1)) {
    throw new RangeError(`no grid: ${count} values, one every ${stepMs} ms from ${startMs}`);
  }
  if (count - 1 > stepsMax) {
    throw new AnswerError(
      'bad_data',
      `${count - 1} steps of ${stepMs} ms are more than ${stepsMax}, the most of a range: ask for a larger step or a shorter time`,
    );
  }
}

export const lastStepMs = ({ startMs, stepMs, count }: StepGrid) => startMs + (count - 1) * stepMs;

/**
 * A row of a block as an answer has it: a copy.
 * @param present 1: there is a value at the step
 */
export function packRow(
  values: Float64Array,
  present: Uint8Array,
  base: number,
  count: number,
): StepValues {
  const row = values.slice(base, base + count);
  const bits = new Uint8Array((count + 7) >> 3);
  let presentCount = 0;
  for (let step = 0; step < count; step++) {
    if (present[base + step] === 0) {
      row[step] = Number.NaN;
      continue;
    }
    bits[step >> 3] = (bits[step >> 3] as number) | (1 << (step & 7));
    presentCount++;
  }
  return { values: row, present: presentCount === count ? undefined : bits };
}
