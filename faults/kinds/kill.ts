import type { SingleProcess } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';

/** The longest that a killed process stays dead. */
const DOWN_MS_MAX = 1500;
/** Longer than a lease: another store takes over, where there is one. */
const STORE_DOWN_MS_MAX = 4000;

/** Kills a process with SIGKILL; it is started again after a while. */
export function kill(process: SingleProcess): Fault {
  return {
    name: `kill-${process}`,
    strike: (cluster, random) => cluster.kill(process, random.below(DOWN_MS_MAX)),
  };
}

/** Kills one of the stores. */
export const killStore: Fault = {
  name: 'kill-store',
  strike: (cluster, random) =>
    cluster.kill(random.choice(cluster.stores), random.below(STORE_DOWN_MS_MAX)),
};
