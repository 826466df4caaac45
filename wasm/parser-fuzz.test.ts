import { expect, test } from 'bun:test';
import { FUZZ_TARGETS } from './fuzz/fuzzer.ts';
import { FUZZ_SEED, readFuzzSeconds } from './fuzz/seed.ts';

/** FUZZ_SEED repeats a run, FUZZ_SECONDS makes it longer or shorter; `bun wasm/fuzz.ts` goes on for hours. */
const SECONDS = readFuzzSeconds(process.env.FUZZ_SECONDS);
const TARGET_MS = (SECONDS * 1000) / FUZZ_TARGETS.length;

console.log(`fuzzing the parser: FUZZ_SEED=${FUZZ_SEED} FUZZ_SECONDS=${SECONDS}`);

test.each(FUZZ_TARGETS.map((target) => [target.name, target] as const))(
  'parser and reference - fuzz: %s',
  async (_, target) => {
    expect(await target.run(FUZZ_SEED, TARGET_MS)).toBeGreaterThan(0);
  },
  // What fails is made smaller first.
  60_000 + 3 * TARGET_MS,
);
