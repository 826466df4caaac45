import type { SingleProcess } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';

const PAUSE_MS_MIN = 300;
/** Longer than a lease, and than the pings by which a lost connection to NATS is noticed. */
const PAUSE_MS_SPAN = 5000;

/** Stops a process with SIGSTOP, in whatever it is doing, and lets it go on after a while. */
export function pause(process: SingleProcess): Fault {
  return {
    name: `pause-${process}`,
    strike: (cluster, random) => cluster.pause(process, PAUSE_MS_MIN + random.below(PAUSE_MS_SPAN)),
  };
}

/** Stops one of the stores: when it awakes, another may own what it believes to be its own. */
export const pauseStore: Fault = {
  name: 'pause-store',
  strike: (cluster, random) =>
    cluster.pause(random.choice(cluster.stores), PAUSE_MS_MIN + random.below(PAUSE_MS_SPAN)),
};
