/** Looks for input on which the parser and its reference differ: `bun wasm/fuzz.ts [--minutes N] [--seed S]`. */
import { FUZZ_TARGETS } from './fuzz/fuzzer.ts';
import { runRounds } from './fuzz/rounds.ts';

await runRounds(
  FUZZ_TARGETS.map((target) => ({
    name: target.name,
    run: async (seed, milliseconds) => `${await target.run(seed, milliseconds)} inputs`,
  })),
);
