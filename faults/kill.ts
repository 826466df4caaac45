import type { OverseerProcess } from '@overseer/local/testing';
import type { Fault } from './fault.ts';

/** The longest that a killed process stays dead. */
const DOWN_MS_MAX = 1500;

/** Kills a process with SIGKILL; it is started again after a while. */
export function kill(process: OverseerProcess): Fault {
  return {
    name: `kill-${process}`,
    strike: (cluster, random) => cluster.kill(process, random.below(DOWN_MS_MAX)),
  };
}
