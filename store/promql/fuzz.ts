/**
 * Looks for texts that break the parser, the plan or the evaluation of expressions: `bun store/promql/fuzz.ts [--minutes N] [--seed S]`.
 * One round after the other, each with a seed of its own that is printed, until the time is over; the first failure ends it.
 */
import { parseArgs } from 'node:util';
import { readSeed } from '@overseer/wasm/fuzz-seed';
import { FUZZ_TARGETS } from './fuzz/expression-fuzzer.ts';

const MINUTES_DEFAULT = '10';
const MINUTES_MAX = 7 * 24 * 60;
/** Of each target in a round. */
const TARGET_MS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: MINUTES_DEFAULT }, seed: { type: 'string' } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MINUTES_MAX)) {
    throw new RangeError(`--minutes is ${values.minutes}; valid is up to ${MINUTES_MAX}`);
  }
  const end = performance.now() + minutes * 60_000;
  let seed = readSeed(values.seed);
  for (; performance.now() < end; seed++) {
    for (const target of FUZZ_TARGETS) {
      const left = Math.min(TARGET_MS, end - performance.now());
      if (left <= 0) break;
      const outcomes = await target.run(seed, left);
      console.log(`--seed ${seed}, ${target.name}: ${JSON.stringify(outcomes)}`);
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
