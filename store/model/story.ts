import type { Logger } from '@overseer/shared';
import { Random } from '../promql/testing/random.ts';
import { Drawing } from './drawing.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { World } from './world.ts';

/** What must be stored is compared with what is after so many operations, and at the end. */
const OPERATIONS_PER_CHECK = 10;
/** Makes the random numbers of neighbouring operations unlike each other: the golden ratio in 32 bits. */
const OPERATION_STRIDE = 0x9e37_79b9;

export interface StoryOptions {
  readonly seed: number;
  readonly operations: number;
  /** Names of operations that are left out: what remains writes the same as with them. */
  readonly without?: readonly string[];
  /** No operation begins after it. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
}

/** How a story went. */
export interface Outcome {
  readonly operations: number;
  readonly rows: number;
  /** Of the first check that found some. */
  readonly differences: readonly string[];
}

/**
 * Starts a store with its servers, lets things happen to it that the seed chooses, and compares every row with those that a simple
 * model has.
 */
export async function tellStory({
  seed,
  operations,
  without = [],
  signal,
  log,
}: StoryOptions): Promise<Outcome> {
  const world = await World.start(seed);
  try {
    await world.publish(drawing(world, seed, 0).founding(), 'founding');
    await world.collide();
    let done = 0;
    let differences: string[] = [];
    while (done < operations && !signal?.aborted && differences.length === 0) {
      done++;
      const numbers = drawing(world, seed, done);
      const operation = choose(numbers.random);
      if (!without.includes(operation.name)) {
        log.debug({ seed, number: done, operation: operation.name }, 'operation');
        await operation.run(world, numbers, `operation ${done} (${operation.name})`);
      }
      if (done % OPERATIONS_PER_CHECK === 0) differences = await world.check();
    }
    if (differences.length === 0) differences = await world.check();
    return { operations: done, rows: world.expected.size, differences };
  } finally {
    await world.stop();
  }
}

/** Each operation has random numbers of its own. */
function drawing(world: World, seed: number, operation: number): Drawing {
  const random = new Random(seed + Math.imul(operation + 1, OPERATION_STRIDE));
  return new Drawing(random, operation, world.drawnFrom);
}

function choose(random: Random): Operation {
  const total = OPERATIONS.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random.integer(total);
  for (const operation of OPERATIONS) {
    rest -= operation.weight;
    if (rest < 0) return operation;
  }
  throw new Error('the weights of the operations do not add up');
}
