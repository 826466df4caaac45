import { AnswerError, type Labels } from '@overseer/shared';

/** Evaluated at startMs, startMs + stepMs … `count` times; milliseconds since 1970. */
export interface StepGrid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** A series of an answer, a value a step. */
export interface StepSeries {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** Bit i & 7 of byte i >> 3: there is a value at step i. Undefined: at every step. */
  readonly present: Uint8Array | undefined;
}

/** As many as Prometheus gives; each costs a float64 in every series and accumulator. */
export const STEPS_MAX = 11_000;

/** @throws AnswerError limit */
export function checkGrid({ startMs, stepMs, count }: StepGrid): void {
  if (count > STEPS_MAX) {
    throw new AnswerError(
      'limit',
      `${count} steps are more than ${STEPS_MAX} for each series: take a larger step or a shorter range`,
    );
  }
  if (!Number.isFinite(startMs) || !(stepMs > 0 || count === 1) || !(count >= 1)) {
    throw new RangeError(`no grid: ${count} steps of ${stepMs} ms from ${startMs}`);
  }
}

export const lastStepMs = ({ startMs, stepMs, count }: StepGrid) => startMs + (count - 1) * stepMs;

/** Bits of a row of bytes, one a step; undefined when all are set. */
export function packPresence(present: Uint8Array, base: number, count: number) {
  const bits = new Uint8Array((count + 7) >> 3);
  let presentCount = 0;
  for (let step = 0; step < count; step++) {
    if (present[base + step] === 0) continue;
    bits[step >> 3] = (bits[step >> 3] as number) | (1 << (step & 7));
    presentCount++;
  }
  return presentCount === count ? undefined : bits;
}
