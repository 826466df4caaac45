import {
  type Bucket,
  type Bus,
  collisionKey,
  encodeCollision,
  type Logger,
  POINTS_SUBJECTS,
  pointsSubject,
  type StreamMessage,
} from '@overseer/shared';
import {
  activeSpan,
  inSpan,
  messagingAttributes,
  originsOf,
  type SpanContext,
  SpanKind,
} from '@overseer/shared/tracing';
import type { RowEncoder } from '@overseer/wasm';
import { type IsStale, storeApart } from './apart.ts';
import type { Catalogue } from './catalogue.ts';
import type { DeadLetters } from './dead/dead-letters.ts';
import { UnknownDropError } from './deletion/drop-list.ts';
import type { KnownDrops } from './deletion/known-drops.ts';
import type { Claim } from './leases.ts';
import type { StoreMetrics } from './metrics.ts';
import type { Parking } from './parking/parking.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import type { CommittedPlan, Plan } from './plan.ts';
import type { Planner } from './planner.ts';
import { type Database, isDataError, isPartitionMissing } from './postgres.ts';
import type { SeriesCounts } from './series-counts.ts';
import { StageTimes } from './stage-times.ts';
import { publishStored } from './stored-events.ts';
import { commitPlan, FencedError, type TransactionParts } from './transaction.ts';
import type { Watermarks } from './watermarks.ts';

/** What is stored in one transaction, or, when PostgreSQL refuses something of it, in smaller ones. */
export interface Group {
  /** For the log. */
  readonly size: number;
  /** When the stream took the first of it, milliseconds since 1970; undefined for what was parked. */
  readonly storedAtMs?: number | undefined;
  /** Spans that the messages were sent in, of those whose trace is recorded. */
  readonly origins?: readonly SpanContext[];
  plan(planner: Planner, position: number): Promise<Plan>;
  /** The same in order, each of which may be planned when those before it are stored. */
  readonly parts: readonly Group[];
}

export function groupOfMessages(messages: readonly StreamMessage[]): Group {
  return {
    size: messages.length,
    storedAtMs: messages[0]?.storedAtMs,
    origins: originsOf(messages),
    plan: (planner, position) => inSpan('plan', {}, () => planner.plan(messages, position)),
    get parts() {
      return messages.map((message) => groupOfMessages([message]));
    },
  };
}

export interface GroupStorageParts {
  readonly bus: Bus;
  readonly control: Bucket;
  readonly catalogue: Catalogue;
  readonly partitions: TimePartitions;
  readonly watermarks: Watermarks;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  /** The owner's. */
  readonly database: Database;
  readonly claim: Claim;
  readonly partitionCount: number;
  readonly encoder: RowEncoder;
  readonly planner: Planner;
  readonly drops: KnownDrops;
  readonly parking: Parking;
  readonly deadLetters: DeadLetters;
  readonly seriesCounts: SeriesCounts;
  /** Which stream is read. */
  readonly stream: string;
}

/** Stores one group after another of what an owner reads in one stream, and tells the others. */
export class GroupStorage {
  /** How many transactions have committed what was planned. */
  commits = 0;
  readonly #parts: GroupStorageParts;
  #position: number;

  /** @param position everything up to it is committed */
  constructor(parts: GroupStorageParts, position: number) {
    this.#parts = parts;
    this.#position = position;
  }

  /** Tells how far the partition is stored, and how many series there are. */
  tell(): void {
    const { claim, seriesCounts, stream, watermarks } = this.#parts;
    const series = seriesCounts.snapshot();
    watermarks.advance(claim.partition, { stream, sequence: this.#position, series });
  }

  /** Takes into account what was dropped since. @throws ForgottenDropError */
  async learnDrops(): Promise<void> {
    const { catalogue, drops, encoder, log, parking, partitions, planner, seriesCounts } =
      this.#parts;
    const generation = await readGeneration(this.#parts);
    if (generation === drops.generation) return;
    await catalogue.load();
    await partitions.load();
    const { tableIds, deletedSeries } = await drops.learn(generation, encoder.index);
    await parking.load();
    planner.forget(tableIds);
    for (const tableId of tableIds) seriesCounts.forget(tableId);
    for (const [tableId, count] of deletedSeries) seriesCounts.remove(tableId, count);
    this.tell();
    log.info({ generation: Number(generation), tables: tableIds.size }, 'heard of a drop');
  }

  /** Stores a group; one block at a time, if PostgreSQL refuses something of it: those that it refuses alone are buried. */
  async store(group: Group): Promise<void> {
    const { origins = [], size: messages } = group;
    if (origins.length === 0) return this.#store(group);
    const { partition } = this.#parts.claim;
    const attributes = messagingAttributes({
      name: 'process',
      type: 'process',
      subject: pointsSubject(partition),
      template: POINTS_SUBJECTS,
      partition,
      messages,
    });
    const description = { kind: SpanKind.CONSUMER, origins, attributes };
    await inSpan(`process ${POINTS_SUBJECTS}`, description, () => this.#store(group));
  }

  async #store(group: Group): Promise<void> {
    await this.#knowingDrops(async () => {
      try {
        await this.#knowingPartitions(() => this.#storeTogether(group));
      } catch (error) {
        if (!isDataError(error)) throw error;
        this.#parts.log.warn(
          { err: error, size: group.size },
          'a block can’t be stored; looking for it',
        );
        await this.#storeApart(group);
      }
    });
  }

  /** Does it again when something was dropped that the owner had not heard of: then nothing was done. */
  async #knowingDrops(action: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await action();
        return;
      } catch (error) {
        if (!(error instanceof UnknownDropError)) throw error;
      }
      await this.learnDrops();
    }
  }

  /** Does it again when a time partition is gone that the plan counted on: another store has removed or ended it. */
  async #knowingPartitions(action: (isStale: IsStale) => Promise<void>): Promise<void> {
    const { partitions } = this.#parts;
    for (;;) {
      const known = partitions.version;
      const isStale: IsStale = async (error) =>
        isPartitionMissing(error) && (await partitions.changedSince(known));
      try {
        await action(isStale);
        return;
      } catch (error) {
        if (!(await isStale(error))) throw error;
      }
    }
  }

  async #storeTogether(group: Group): Promise<void> {
    const { planner } = this.#parts;
    await this.#measured(group, async (times) => {
      const plan = await times.measure('plan', () => group.plan(planner, this.#position));
      await this.#bury(plan);
      const commit = await commitPlan(this.#transaction(times), plan, planner.unregistered);
      return { ...plan, commit };
    });
  }

  async #storeApart({ parts }: Group): Promise<void> {
    const { deadLetters, planner } = this.#parts;
    const store = (part: Group, isStale: IsStale) =>
      this.#measured(part, async (times) => {
        const plan = await times.measure('plan', () => part.plan(planner, this.#position));
        await this.#bury(plan);
        return storeApart(this.#transaction(times), plan, planner.unregistered, {
          isStale,
          onRefused: (dead) => deadLetters.bury(plan.stream, dead),
        });
      });
    for (const part of parts) {
      await this.#knowingDrops(() => this.#knowingPartitions((isStale) => store(part, isStale)));
    }
  }

  /** @param store commits the group; gives the plan of what is stored */
  async #measured(
    { storedAtMs }: Group,
    store: (times: StageTimes) => Promise<CommittedPlan>,
  ): Promise<void> {
    const startedAt = performance.now();
    const times = new StageTimes();
    const plan = await store(times);
    const seconds = (performance.now() - startedAt) / 1000;
    await this.#committed(plan);
    this.#parts.metrics.storing.committed({ plan, times, seconds, storedAtMs });
  }

  #transaction(times: StageTimes): TransactionParts {
    return { ...this.#parts, times, generation: this.#parts.drops.generation };
  }

  /** A plan from before a drop takes for wrong what is right behind it. */
  async #bury({ dead, stream }: Plan): Promise<void> {
    const { deadLetters, drops } = this.#parts;
    if (dead.length === 0) return;
    if ((await readGeneration(this.#parts)) !== drops.generation) {
      throw new UnknownDropError('something was dropped since these blocks were found wrong');
    }
    await deadLetters.bury(stream, dead);
  }

  async #committed(plan: CommittedPlan): Promise<void> {
    const { parking, planner, seriesCounts } = this.#parts;
    this.#position = plan.to;
    this.commits++;
    tellSpan(plan);
    parking.committed(plan);
    for (const [tableId, count] of planner.unregistered.countByTable()) {
      seriesCounts.add(tableId, count);
    }
    planner.unregistered.clear();
    await this.#announce(plan);
  }

  /** Tells the others what was committed. Collisions first: ingress learns of them before it stops sending the keys. */
  async #announce(plan: CommittedPlan): Promise<void> {
    const { bus, claim, control, log, stream } = this.#parts;
    for (const { id, ownerCheck } of plan.collisions) {
      await control.put(collisionKey(id), encodeCollision(ownerCheck));
    }
    this.tell();
    publishStored(bus, claim.partition, stream, plan, log);
  }
}

/** What was stored, for the span that it was stored in. */
function tellSpan({ from, to, tables }: Plan): void {
  activeSpan()?.setAttributes({
    'overseer.position.from': from,
    'overseer.position.to': to,
    'overseer.tables': tables.length,
    'overseer.rows': tables.reduce((sum, { event }) => sum + event.rows, 0),
    'overseer.rows.merged': tables.reduce((sum, { event }) => sum + event.merged, 0),
  });
}

/** Number of the newest drop that the position of a partition has heard of. @throws FencedError */
export async function readGeneration({
  database,
  claim,
}: Pick<GroupStorageParts, 'database' | 'claim'>): Promise<bigint> {
  const { partition, epoch } = claim;
  const [row] = await database`
    SELECT generation FROM overseer.progress WHERE partition = ${partition} AND epoch = ${epoch}`;
  if (!row) throw new FencedError(`partition ${partition} is not at epoch ${epoch}`);
  return row.generation;
}
