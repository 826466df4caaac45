import { evaluationContenders } from '@overseer/store/evaluation.bench';
import { parserContenders } from '@overseer/wasm/parser.bench';
import { rowsContenders } from '@overseer/wasm/rows.bench';

/** Something that is fast on purpose and is to stay so; a run takes milliseconds. */
export interface Kernel {
  readonly name: string;
  run(): Promise<unknown>;
}

/** Of which contenders of the micro-benchmarks the gate watches; some say the same as another. */
const WATCHED: Readonly<
  Record<string, { make(): Promise<readonly Kernel[]>; names: readonly string[] }>
> = {
  parser: {
    make: () => parserContenders(true),
    names: ['integers', 'decimals', 'five types', 'integers, every series new'],
  },
  rows: {
    make: () => rowsContenders(true),
    names: ['ten integers', 'ten floats', 'two of each type'],
  },
  evaluation: {
    make: async () => evaluationContenders(true),
    names: ['load', 'rate(load[5m])', 'sum by (region) (load)', 'max_over_time(load[5m])'],
  },
};

/** Kernels that are measured in one process. */
export const GROUPS: readonly string[] = Object.keys(WATCHED);

/** Names of all kernels that are watched, as `makeKernels` gives them. */
export function kernelNames(): string[] {
  return Object.entries(WATCHED).flatMap(([group, { names }]) =>
    names.map((name) => `${group}: ${name}`),
  );
}

/**
 * Makes the kernels of a group, with the group's name before theirs.
 * @throws RangeError when there is no such group, or no such contender in its micro-benchmark any more
 */
export async function makeKernels(group: string): Promise<Kernel[]> {
  const watched = WATCHED[group];
  if (watched === undefined)
    throw new RangeError(`there is no group "${group}", only ${GROUPS.join(', ')}`);
  const contenders = await watched.make();
  return watched.names.map((name) => {
    const found = contenders.find((contender) => contender.name === name);
    if (found === undefined)
      throw new RangeError(`the micro-benchmark of ${group} has no contender "${name}"`);
    return { name: `${group}: ${name}`, run: () => found.run() };
  });
}
