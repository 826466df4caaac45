import type { Random } from '@overseer/bench/random';
import type { Cluster } from './cluster/cluster.ts';
import type { Load } from './load.ts';

/** What a fault needs besides processes: disks that can be full, clocks that can jump. */
export type Need = 'disks' | 'clocks';

/** Something that goes wrong. One file a kind, all listed in `registry.ts`. */
export interface Fault {
  name: string;
  needs?: Need;
  /**
   * Does the harm and undoes it, also when it fails: when this resolves, every process is up again
   * and not hindered.
   */
  strike(cluster: Cluster, random: Random, load: Load): Promise<void>;
}
