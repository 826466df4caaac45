import type { Random } from '@overseer/bench/random';
import type { Link } from '@overseer/local/testing';
import type { Cluster, Server } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';
import { whileCopying } from './copying.ts';

const TROUBLE_MS_MIN = 500;
/** Longer than a lease, and than the pings by which a lost connection to NATS is noticed. */
const TROUBLE_MS_SPAN = 6000;
const DELAY_MS_MIN = 10;
const DELAY_MS_SPAN = 150;
const BYTES_PER_SECOND_MIN = 64 * 1024;
const BYTES_PER_SECOND_SPAN = 512 * 1024;

/** Who talks to whom over a link. */
interface Way {
  readonly service: 'store' | 'ingress';
  readonly server: Server;
}

/** Breaks the connections, some in the middle of what they carry. */
export function cut(way: Way): Fault {
  return {
    name: `cut-${way.service}-${way.server}`,
    strike: async (cluster, random) => {
      for (const link of chooseLinks(cluster, way, random)) link.cut();
    },
  };
}

/** Breaks the connections of the stores to PostgreSQL in the middle of a COPY. */
export const cutWhileCopying: Fault = {
  name: 'cut-store-postgres-copying',
  strike: (cluster) =>
    whileCopying(cluster, async () => {
      for (const store of cluster.stores) cluster.link(store, 'postgres').cut();
    }),
};

/** Lets nothing through for a while, and then everything. */
export function silence(way: Way): Fault {
  return {
    name: `silence-${way.service}-${way.server}`,
    strike: (cluster, random) =>
      forAWhile(chooseLinks(cluster, way, random), random, (link) => link.silence()),
  };
}

/** Lets nothing through on the connections that are open: each end waits for the other for ever. */
export function strand(way: Way): Fault {
  return {
    name: `strand-${way.service}-${way.server}`,
    strike: async (cluster, random) => {
      for (const link of chooseLinks(cluster, way, random)) link.strand();
    },
  };
}

/** The same in the middle of a COPY of each store. */
export const strandWhileCopying: Fault = {
  name: 'strand-store-postgres-copying',
  strike: (cluster) =>
    whileCopying(cluster, async () => {
      for (const store of cluster.stores) cluster.link(store, 'postgres').strand();
    }),
};

/** Delays every byte, and lets few through a second. */
export function slow(way: Way): Fault {
  return {
    name: `slow-${way.service}-${way.server}`,
    strike: (cluster, random) => {
      const slowness = {
        delayMs: DELAY_MS_MIN + random.below(DELAY_MS_SPAN),
        bytesPerSecond: BYTES_PER_SECOND_MIN + random.below(BYTES_PER_SECOND_SPAN),
      };
      return forAWhile(chooseLinks(cluster, way, random), random, (link) => link.slow(slowness));
    },
  };
}

/** Of several stores one, or all of them. */
function chooseLinks(cluster: Cluster, { service, server }: Way, random: Random): Link[] {
  if (service !== 'store') return [cluster.link(service, server)];
  const chosen = random.below(2) === 0 ? cluster.stores : [random.choice(cluster.stores)];
  return chosen.map((store) => cluster.link(store, server));
}

async function forAWhile(
  links: readonly Link[],
  random: Random,
  trouble: (link: Link) => void,
): Promise<void> {
  try {
    for (const link of links) trouble(link);
    await Bun.sleep(TROUBLE_MS_MIN + random.below(TROUBLE_MS_SPAN));
  } finally {
    for (const link of links) link.heal();
  }
}
