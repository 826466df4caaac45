import type { Fault } from '../fault.ts';

/** Hours are enough for every lease, session and retention to be in the wrong. */
const JUMP_HOURS_MAX = 5;
const HOUR_S = 3600;
const JUMPED_MS_MIN = 2000;
const JUMPED_MS_SPAN = 3000;
/** A process follows its clock within a second. */
const SETTLED_MS = 1500;

/** Puts the clock of a process forward or back by hours, and right again after some seconds. */
export function jumpClock(process: 'postgres' | 'ingress' | 'processor' | 'store'): Fault {
  return {
    name: `jump-clock-${process}`,
    needs: 'clocks',
    async strike(cluster, random) {
      const name = process === 'store' ? random.choice(cluster.stores) : process;
      const hours = (1 + random.below(JUMP_HOURS_MAX)) * (random.below(2) === 0 ? 1 : -1);
      const clock = cluster.clock(name);
      try {
        clock.set(hours * HOUR_S);
        await Bun.sleep(JUMPED_MS_MIN + random.below(JUMPED_MS_SPAN));
      } finally {
        clock.set(0);
        await Bun.sleep(SETTLED_MS);
      }
    },
  };
}

/**
 * A store claims while PostgreSQL's clock is ahead and dies before it is put right: its leases end hours
 * from now, and somebody must claim them all the same.
 */
export const leaseFromTheFuture: Fault = {
  name: 'lease-from-the-future',
  needs: 'clocks',
  async strike(cluster) {
    const clock = cluster.clock('postgres');
    try {
      clock.set(JUMP_HOURS_MAX * HOUR_S);
      await Bun.sleep(JUMPED_MS_MIN);
      await cluster.hold(cluster.stores, async () => {
        for (const store of cluster.stores) await cluster.member(store).running.kill('SIGKILL');
        clock.set(0);
        await Bun.sleep(SETTLED_MS);
      });
    } finally {
      clock.set(0);
    }
  },
};
