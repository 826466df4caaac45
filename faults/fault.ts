import type { Random } from '@overseer/bench/random';
import type { Cluster } from './cluster.ts';

/** Something that goes wrong. One file each, listed in `registry.ts`. */
export interface Fault {
  name: string;
  /**
   * Does the harm and undoes it: when this resolves, every process is up again and not hindered.
   */
  strike(cluster: Cluster, random: Random): Promise<void>;
}
