import { expect, test } from 'bun:test';
import { FUZZ_SEED, readFuzzSeconds } from '@overseer/wasm/fuzz';
import { FUZZ_TARGETS } from './fuzz/expression-fuzzer.ts';

/** FUZZ_SEED repeats a run, FUZZ_SECONDS makes it longer or shorter; `bun store/promql/fuzz.ts` goes on for hours. */
const SECONDS = readFuzzSeconds(process.env.FUZZ_SECONDS ?? '10');
const TARGET_MS = (SECONDS * 1000) / FUZZ_TARGETS.length;

console.log(`fuzzing expressions: FUZZ_SEED=${FUZZ_SEED} FUZZ_SECONDS=${SECONDS}`);

test.each(FUZZ_TARGETS.map((target) => [target.name, target] as const))(
  'parser to answer - fuzz: %s',
  async (name, target) => {
    const outcomes = await target.run(FUZZ_SEED, TARGET_MS);
    expect(Object.keys(outcomes)).not.toBeEmpty();
    if (name === 'expressions') expect(outcomes.evaluated).toBeGreaterThan(0);
  },
  // What fails is made smaller first.
  60_000 + 3 * TARGET_MS,
);
