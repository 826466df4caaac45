import type { Random } from '@overseer/bench/random';
import { waitUntil } from '@overseer/local/testing';
import {
  AnswerError,
  administrationSubject,
  askToEnd,
  type Bus,
  type DropQuestion,
} from '@overseer/shared';
import type { Cluster } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';
import type { Series } from '../workload.ts';

const DROP_DEADLINE_MS = 60_000;
/** A store that is killed dies within this after the question. */
const DEATH_MS_SPAN = 300;

/**
 * Drops a measurement while what was acknowledged of it is still on its way, and half of the times kills a store amid. What is written afterwards
 * is of a new measurement of that name. Nothing is written at the moment of the drop: of that, nobody could tell which side it fell on.
 */
export const dropMeasurement: Fault = {
  name: 'drop-measurement',
  strike: (cluster, random, load) =>
    load.quiet(async () => {
      const { database, measurement } = random.choice(load.expectations).series;
      const question = { db: database, measurement };
      await Promise.all([drop(cluster, question), maybeKill(cluster, random)]);
      load.takeAll(
        (series: Series) => series.database === database && series.measurement === measurement,
      );
    }),
};

async function maybeKill(cluster: Cluster, random: Random): Promise<void> {
  if (random.below(2) === 0) return;
  await Bun.sleep(random.below(DEATH_MS_SPAN));
  await cluster.kill(random.choice(cluster.stores), 0);
}

/** Asks until it is answered, and waits until the tables are gone: before that, a view of the same name gets another one. */
async function drop(cluster: Cluster, question: DropQuestion): Promise<void> {
  await cluster.withBus((bus) =>
    waitUntil(() => isDropped(bus, question), {
      what: 'a store to drop a measurement',
      deadlineMs: DROP_DEADLINE_MS,
    }),
  );
  await cluster.withSql((sql) =>
    waitUntil(
      async () => {
        const left = await sql`select from overseer.dropped_tables where not removed`;
        return left.length === 0;
      },
      { what: 'the tables of a drop to go', deadlineMs: DROP_DEADLINE_MS },
    ),
  );
}

async function isDropped(bus: Bus, question: DropQuestion): Promise<boolean> {
  try {
    await askToEnd(bus, administrationSubject('drop'), question);
    return true;
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    return false;
  }
}
