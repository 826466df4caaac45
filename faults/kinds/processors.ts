import { waitUntil } from '@overseer/local/testing';
import { type Bus, decodeUpdate, UPDATES_SUBJECT } from '@overseer/shared';
import type { Cluster } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';

/** So soon another one tells. */
const TAKEOVER_MS = 5000;
const DEADLINE_MS = 60_000;

/** What is told while a fault strikes. */
class Told {
  #epochFirst: number | undefined;
  #epoch = 0;
  /** Messages that were heard twice. */
  doubled = 0;
  readonly #heard = new Set<string>();

  listen(bus: Bus): void {
    bus.listen(UPDATES_SUBJECT, ({ payload }) => {
      const { epoch, source, number } = decodeUpdate(payload);
      const identity = `${epoch} ${source} ${number}`;
      if (this.#heard.has(identity)) this.doubled++;
      this.#heard.add(identity);
      this.#epochFirst ??= epoch;
      this.#epoch = Math.max(this.#epoch, epoch);
    });
  }

  get isAnything(): boolean {
    return this.#epochFirst !== undefined;
  }

  get isTakenOver(): boolean {
    return this.#epoch > (this.#epochFirst ?? this.#epoch);
  }
}

/** Kills the processor that tells updates. */
export const killLeader: Fault = {
  name: 'kill-leading-processor',
  strike: (cluster) => strikeLeader(cluster, (leader) => cluster.kill(leader, TAKEOVER_MS)),
};

/** Stops the processor that tells updates: when it awakes another one does, and it has to follow. */
export const pauseLeader: Fault = {
  name: 'pause-leading-processor',
  strike: (cluster) => strikeLeader(cluster, (leader) => cluster.pause(leader, TAKEOVER_MS)),
};

/** @throws Error when no other processor takes over, or an update comes twice */
async function strikeLeader(
  cluster: Cluster,
  strike: (leader: string) => Promise<void>,
): Promise<void> {
  const leader = await waitUntil(() => leaderOf(cluster), {
    what: 'a processor to tell updates',
    deadlineMs: DEADLINE_MS,
  });
  const told = new Told();
  await cluster.withBus(async (bus) => {
    told.listen(bus);
    const options = { what: 'an update of the load', deadlineMs: DEADLINE_MS };
    await waitUntil(() => told.isAnything, options);
    await strike(leader);
    if (!told.isTakenOver) throw new Error(`${TAKEOVER_MS} ms after ${leader} nobody else tells`);
    await waitUntil(async () => (await leads(cluster, leader)) === false, {
      what: `${leader} to know that it leads no more`,
      deadlineMs: DEADLINE_MS,
    });
  });
  if (told.doubled > 0) throw new Error(`${told.doubled} updates came twice`);
}

async function leaderOf(cluster: Cluster): Promise<string | undefined> {
  for (const name of cluster.processors) if (await leads(cluster, name)) return name;
  return undefined;
}

/** Undefined: it does not answer. */
async function leads(cluster: Cluster, name: string): Promise<boolean | undefined> {
  const { url } = cluster.member(name).running;
  const answer = await fetch(`${url}/ready`).catch(() => undefined);
  return ((await answer?.json()) as { leader: boolean } | undefined)?.leader;
}
