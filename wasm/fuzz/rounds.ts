import { parseArgs } from 'node:util';
import { readSeed } from './seed.ts';

const MINUTES_DEFAULT = '10';
const MINUTES_MAX = 7 * 24 * 60;
/** Of each target in a round. */
const TARGET_MS = 10_000;

/** A way to make input, and what takes it. */
export interface RoundTarget {
  readonly name: string;
  /** @returns what is printed; @throws Error the first that fails */
  run(seed: number, milliseconds: number): Promise<string>;
}

/**
 * The main function of a command with `--minutes N` and `--seed S`: one round after the other, each with a seed of its own that is
 * printed, until the time is over; the first failure ends it.
 */
export async function runRounds(targets: readonly RoundTarget[]): Promise<void> {
  try {
    await rounds(targets);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function rounds(targets: readonly RoundTarget[]): Promise<void> {
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
    for (const target of targets) {
      const left = Math.min(TARGET_MS, end - performance.now());
      if (left <= 0) break;
      console.log(`--seed ${seed}, ${target.name}: ${await target.run(seed, left)}`);
    }
  }
}
