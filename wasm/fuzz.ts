/**
 * Looks for input on which the parser and its reference differ: `bun wasm/fuzz.ts [--minutes N] [--seed S]`. One round after the
 * other, each with a seed of its own that is printed, until the time is over; the first difference ends it.
 */
import { parseArgs } from 'node:util';
import { FUZZ_TARGETS } from './fuzz/fuzzer.ts';
import { readSeed } from './fuzz/seed.ts';

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
      console.log(`--seed ${seed}, ${target.name}: ${await target.run(seed, left)} inputs`);
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
