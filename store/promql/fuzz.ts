/** Looks for texts that break the parser, the plan or the evaluation of expressions: `bun store/promql/fuzz.ts [--minutes N] [--seed S]`. */
import { runRounds } from '@overseer/wasm/fuzz';
import { FUZZ_TARGETS } from './fuzz/expression-fuzzer.ts';

await runRounds(
  FUZZ_TARGETS.map((target) => ({
    name: target.name,
    run: async (seed, milliseconds) => JSON.stringify(await target.run(seed, milliseconds)),
  })),
);
