import fc from 'fast-check';
import { checkExpression, type Outcome } from './expression-check.ts';
import { CHANGED, EXPRESSION, NOISE } from './expressions.ts';

/** Random texts from the parser to the answer, for as long as one likes. */
export interface FuzzTarget {
  readonly name: string;
  /** @throws Error with the seed and the least text that failed */
  run(seed: number, milliseconds: number): Promise<Outcomes>;
}

/** How many texts came to what. */
export type Outcomes = Readonly<Partial<Record<Outcome, number>>>;

/** Texts grow within a round. */
const RUNS_OF_ROUND = 300;
/** A round in which not one text is tried counts as failed, on a machine that stands still for a moment too. */
const ROUND_MS_MIN = 5000;

function target(name: string, texts: fc.Arbitrary<string>): FuzzTarget {
  return { name, run: (seed, milliseconds) => fuzz(texts, seed, milliseconds) };
}

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  target('expressions', EXPRESSION),
  target('changed expressions', CHANGED),
  target('noise', NOISE),
];

async function fuzz(
  texts: fc.Arbitrary<string>,
  seed: number,
  milliseconds: number,
): Promise<Outcomes> {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const property = fc.asyncProperty(texts, async (text) => {
    const outcome = await checkExpression(text);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  });
  const end = performance.now() + milliseconds;
  for (let round = 0; round === 0 || performance.now() < end; round++) {
    await fc.assert(property, {
      seed: seed + round,
      numRuns: RUNS_OF_ROUND,
      interruptAfterTimeLimit: Math.max(end - performance.now(), ROUND_MS_MIN),
    });
  }
  return outcomes;
}
