import { expect, test } from 'bun:test';
import { isPresent, PIXELS_MAX } from '@overseer/shared';
import fc from 'fast-check';
import { STEPS_MAX } from '../promql/mod.ts';
import {
  range as evaluate,
  expressionText,
  generateData,
  labelsKey,
  optionsFor,
  QuestionGenerator,
  Random,
  seriesOf,
} from '../promql/testing/mod.ts';
import {
  chosenStepMs,
  REDUCED_STEPS_MAX,
  reductionOf,
  type SteppedRange,
  stepsOf,
} from './pixel-extremes.ts';

/** Of data and questions; a failure names it. */
const SEED = 20_261_123;
const QUESTIONS = 200;
const START_MS = 1_700_000_000_000;
const DURATION_MS = 3_600_000;

type Value = number | undefined;

const VALUES = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 2, arbitrary: fc.double() },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
);

/** A range of more than two steps a pixel, with a value or none at each step. */
const ROWS = fc
  .record({
    startMs: fc.integer({ min: -1e12, max: 2e12 }),
    stepMs: fc.integer({ min: 1, max: 100_000 }),
    pixels: fc.integer({ min: 1, max: 20 }),
    more: fc.integer({ min: 1, max: 200 }),
    /** Of the last step, after which nothing is evaluated. */
    rest: fc.integer({ min: 0, max: 999 }),
    base: fc.integer({ min: 0, max: 3 }),
    gaps: fc.constantFrom(0, 1, 5, 50),
  })
  .chain(({ startMs, stepMs, pixels, more, rest, base, gaps }) => {
    const count = 2 * pixels + more;
    const endMs = startMs + (count - 1) * stepMs + Math.floor((rest * stepMs) / 1000);
    const value = gaps === 0 ? VALUES : fc.option(VALUES, { nil: undefined, freq: 50 / gaps });
    return fc.record({
      range: fc.constant({ startMs, endMs, stepMs, pixels }),
      base: fc.constant(base),
      row: fc.array(value, { minLength: count, maxLength: count }),
    });
  });

/** The same, said as plainly as can be. */
function plainExtremes({ startMs, endMs, stepMs, pixels }: Required<SteppedRange>, row: Value[]) {
  const spans = Array.from({ length: pixels }, (): number[] => []);
  for (const [step, value] of row.entries()) {
    const place = Math.floor((step * stepMs * pixels) / (endMs - startMs));
    if (value !== undefined) spans[Math.min(place, pixels - 1)]?.push(value);
  }
  return spans.flatMap((values): Value[] => {
    const numbers = values.filter((value) => !Number.isNaN(value));
    if (values.length === 0) return [undefined, undefined];
    if (numbers.length === 0) return [Number.NaN, Number.NaN];
    const sorted = numbers.toSorted((a, b) => a - b);
    const found = [sorted[0], sorted.at(-1)].map((extreme) => numbers.indexOf(extreme as number));
    return found.sort((a, b) => a - b).map((at) => numbers[at]);
  });
}

/** As the evaluation hands a row over: somewhere in a block, with anything where there is no value. */
function reduced(range: Required<SteppedRange>, row: Value[], base = 0): Value[] {
  const values = new Float64Array(base + row.length + 2).fill(1e300);
  const present = new Uint8Array(values.length);
  for (const [step, value] of row.entries()) {
    if (value === undefined) continue;
    values[base + step] = value;
    present[base + step] = 1;
  }
  const reduction = reductionOf(range);
  if (!reduction) throw new Error('there is nothing to reduce');
  const answer = reduction.reduce(values, present, base);
  expect(answer.values.length).toBe(reduction.grid.count);
  return Array.from(answer.values, (value, i) => {
    if (isPresent(answer.present, i)) return value;
    expect(value).toBeNaN();
    return undefined;
  });
}

test('pixel extremes - are least and greatest of each span, in their order', () => {
  fc.assert(
    fc.property(ROWS, ({ range, row, base }) => {
      expect(reduced(range, row, base)).toEqual(plainExtremes(range, row));
    }),
    { numRuns: 500 },
  );
});

test('pixel extremes - of generated questions are those of the answers with all steps', async () => {
  const random = new Random(SEED);
  const data = { startMs: START_MS, durationMs: DURATION_MS, hosts: 4, isNonFinite: true };
  const options = optionsFor(seriesOf(generateData(random, data)));
  const generator = new QuestionGenerator(random, {
    fromMs: START_MS,
    durationMs: DURATION_MS,
    isRanked: true,
  });
  let [rows, reducedRows] = [0, 0];
  for (let i = 0; i < QUESTIONS; i++) {
    const text = expressionText(generator.next());
    const range = {
      startMs: START_MS + random.integer(600) * 1000,
      endMs: START_MS + DURATION_MS - random.integer(600) * 1000,
      stepMs: random.pick([7000, 10_000, 31_000]),
      pixels: 1 + random.integer(30),
    };
    const steps = stepsOf(range);
    const reduction = reductionOf(range);
    const whole = await evaluate(text, steps, options);
    const answer = await evaluate(text, steps, { ...options, reduction });
    const expected = whole.map(({ labels, values }) => [
      labelsKey(labels),
      reduction ? plainExtremes(range, values) : values,
    ]);
    const found = answer.map(({ labels, values }) => [labelsKey(labels), values]);
    if (!Bun.deepEquals(found, expected)) {
      throw new Error(
        `seed ${SEED}: ${text} at ${JSON.stringify(range)} is reduced to other values`,
      );
    }
    rows += whole.length;
    if (reduction) reducedRows += whole.length;
  }
  console.log(`seed ${SEED}: ${reducedRows} of ${rows} rows were reduced`);
  expect(reducedRows).toBeGreaterThan(QUESTIONS);
});

test('pixel extremes - lie at half spans of the time that was asked for', () => {
  const range = { startMs: 1000, endMs: 8000, stepMs: 1, pixels: 3 };
  const grid = reductionOf(range)?.grid;
  expect(grid).toEqual({ startMs: 1000, stepMs: 7000 / 6, count: 6 });
});

test('pixel extremes - a spike is seen, in its place before or after the low', () => {
  const range = { startMs: 0, endMs: 9, stepMs: 1, pixels: 2 };
  expect(reduced(range, [1, 9, 0, 1, 1, 2, 2, -7, 2, 2])).toEqual([9, 0, 2, -7]);
  expect(reduced(range, [0, 9, 1, 1, 1, 2, 2, 2, 2, 2])).toEqual([0, 9, 2, 2]);
});

test('pixel extremes - a single value fills its span, and a span without any has none', () => {
  const range = { startMs: 0, endMs: 9, stepMs: 1, pixels: 2 };
  const none = Array<Value>(5).fill(undefined);
  expect(reduced(range, [...none, 1, ...none.slice(1)])).toEqual([undefined, undefined, 1, 1]);
});

test('pixel extremes - what has no more than two steps a pixel is left as it is', () => {
  expect(reductionOf({ startMs: 0, endMs: 5, stepMs: 1, pixels: 3 })).toBeUndefined();
  expect(reductionOf({ startMs: 0, endMs: 6, stepMs: 1, pixels: 3 })).toBeDefined();
  expect(reductionOf({ startMs: 0, endMs: 6, stepMs: 1 })).toBeUndefined();
});

test('pixel extremes - steps may be more than those of other ranges, and not without bounds', () => {
  const range = { startMs: 0, endMs: REDUCED_STEPS_MAX, stepMs: 1 };
  expect(stepsOf({ ...range, pixels: 1 }).count).toBe(REDUCED_STEPS_MAX + 1);
  expect(() => stepsOf(range)).toThrow('262144 steps of 1 ms are more than 11000');
  const longer = { ...range, endMs: REDUCED_STEPS_MAX + 1, pixels: 1 };
  expect(() => stepsOf(longer)).toThrow('262145 steps of 1 ms are more than 262144');
  // What is not reduced has no more steps than other answers.
  expect(2 * PIXELS_MAX).toBeLessThanOrEqual(STEPS_MAX);
});

test('pixel extremes - the step that is chosen is a second, unless that is too long or too short', () => {
  const day = { startMs: 0, endMs: 86_400_000, pixels: 1000 };
  expect(chosenStepMs(day)).toBe(1000);
  expect(chosenStepMs({ ...day, endMs: 60_000 })).toBe(30);
  expect(chosenStepMs({ ...day, endMs: 0 })).toBe(1);
  const year = { ...day, endMs: 365 * 86_400_000 };
  expect(chosenStepMs(year)).toBe(120_301);
  expect(stepsOf({ ...year, stepMs: chosenStepMs(year) }).count).toBeLessThan(REDUCED_STEPS_MAX);
});
