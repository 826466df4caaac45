import type { Logger } from '@overseer/shared';
import { Random } from '../promql/testing/random.ts';
import { Drawing } from './drawing.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { World } from './world.ts';

/** What must be stored is compared with what is after so many operations, and at the end. */
const OPERATIONS_PER_CHECK = 10;
const STORE_LINES_SHOWN = 20;
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

/** Something other than a difference ended a story: a store that did not go on, or a bug of the model. */
export class StoryError extends Error {
  override name = 'StoryError';
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
 * @throws StoryError when something fails, with what the store printed
 */
export async function tellStory(options: StoryOptions): Promise<Outcome> {
  const world = await World.start(options.seed);
  const told = { operations: 0, last: 'founding' };
  try {
    const differences = await tell(world, options, told);
    return { operations: told.operations, rows: world.expected.size, differences };
  } catch (cause) {
    const { seed } = options;
    const lines = world.pipeline.store.lines.slice(-STORE_LINES_SHOWN).join('\n');
    throw new StoryError(`seed ${seed}, ${told.last}: the store printed\n${lines}`, { cause });
  } finally {
    await world.stop();
  }
}

/** @param told is kept up to date */
async function tell(
  world: World,
  { seed, operations, without = [], signal, log }: StoryOptions,
  told: { operations: number; last: string },
): Promise<string[]> {
  await world.publish(drawing(world, seed, 0).founding(), told.last);
  await world.collide();
  while (told.operations < operations && !signal?.aborted) {
    const number = ++told.operations;
    const numbers = drawing(world, seed, number);
    const operation = choose(numbers.random);
    told.last = `operation ${number} (${operation.name})`;
    log.debug({ seed, number, operation: operation.name }, 'operation');
    if (!without.includes(operation.name)) await operation.run(world, numbers, told.last);
    const differences = number % OPERATIONS_PER_CHECK === 0 ? await world.check() : [];
    if (differences.length > 0) return differences;
  }
  return world.check();
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
