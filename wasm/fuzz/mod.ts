/** For commands and tests that look for failures with random input, of other packages too. */
export { type RoundTarget, runRounds } from './rounds.ts';
export { FUZZ_SEED, readFuzzSeconds, readSeed } from './seed.ts';
