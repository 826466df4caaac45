import {
  type Bucket,
  type Bus,
  collisionKey,
  encodeCollision,
  type Logger,
  POINTS_STREAM,
  pointsSubject,
  type StreamMessage,
  StreamReplacedError,
} from '@overseer/shared';
import { RowEncoder } from '@overseer/wasm';
import { type IsStale, storeApart } from './apart.ts';
import type { Catalogue } from './catalogue.ts';
import { putCollisions } from './collisions.ts';
import { DeadLetters } from './dead/dead-letters.ts';
import { UnknownDropError } from './deletion/drop-list.ts';
import { ForgottenDropError, KnownDrops } from './deletion/known-drops.ts';
import { cutToStream } from './deletion/lost-messages.ts';
import { collectGarbage } from './garbage.ts';
import { type Claim, sessionName } from './leases.ts';
import { MessageQueue } from './message-queue.ts';
import type { StoreMetrics } from './metrics.ts';
import { isPassing } from './outages.ts';
import type { StorageRoom } from './partitions/storage-room.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import type { Plan } from './plan.ts';
import { Planner } from './planner.ts';
import { findPosition, type PositionParts } from './position.ts';
import {
  connectPostgres,
  type Database,
  isDataError,
  isOutage,
  isPartitionMissing,
} from './postgres.ts';
import { SeriesCounts } from './series-counts.ts';
import { loadSeries } from './series-load.ts';
import { publishStored } from './stored-events.ts';
import { commitPlan, FencedError, type TransactionParts } from './transaction.ts';
import type { Watermarks } from './watermarks.ts';

/** Messages that the NATS client may hold for a partition: at most about 1 MB each. */
const PREFETCH_MESSAGES_MAX = 8;
const OUTPUT_BYTES = 2 * 2 ** 20;
/** Series that a store can hold in memory if it owns every partition, about 40 bytes each. */
const SERIES_MAX = 10_000_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2000;
/** What the transaction under way may take when the owner is to stop: behind that somebody's lock may be, or a connection that is dead. */
const STOP_WAIT_MS = 5000;

export interface OwnerParts {
  readonly bus: Bus;
  readonly control: Bucket;
  readonly schema: Bucket;
  readonly catalogue: Catalogue;
  readonly partitions: TimePartitions;
  /** Holds up the storing while there is none. */
  readonly room: StorageRoom;
  readonly watermarks: Watermarks;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  readonly databaseUrl: string;
  /** Name of this process in the leases. */
  readonly owner: string;
  readonly installation: { readonly id: string; readonly seed: Uint8Array };
  readonly partitionCount: number;
  readonly groupBytesMax: number;
  /** Makes the streams that are missing. */
  readonly ensureStreams: () => Promise<void>;
}

/** What an owner has in hand while it reads one stream. */
interface Following {
  readonly stream: string;
  readonly encoder: RowEncoder;
  readonly planner: Planner;
  readonly drops: KnownDrops;
  /** Everything up to it is committed. */
  position: number;
}

/**
 * Owns one partition: reads its messages in order from the position in PostgreSQL and commits them in groups, each group with the
 * position. Outages are waited out; a fence ends it.
 */
export class PartitionOwner {
  readonly #parts: OwnerParts;
  readonly #claim: Claim;
  readonly #log: Logger;
  readonly #database: Database;
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;
  readonly #seriesCounts: SeriesCounts;
  readonly #deadLetters: DeadLetters;
  #encoder: RowEncoder | undefined;
  #following: Following | undefined;
  /** The last work on what is in hand; the next waits for it. */
  #work: Promise<unknown> = Promise.resolve();

  /** @param onFenced called when another process turned out to own the partition */
  constructor(parts: OwnerParts, claim: Claim, onFenced: () => void) {
    this.#parts = parts;
    this.#claim = claim;
    this.#log = parts.log.child({ partition: claim.partition });
    this.#deadLetters = new DeadLetters({ ...parts, log: this.#log, partition: claim.partition });
    this.#seriesCounts = new SeriesCounts(() => parts.catalogue.tables());
    const session = sessionName(parts.owner, claim.partition);
    this.#database = connectPostgres(parts.databaseUrl, session, 1);
    this.#finished = this.#run(onFenced);
  }

  /** Ends after the transaction under way, or without it when that takes long; rejects when the owner failed by a bug. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const deadline = setTimeout(() => void this.#database.end({ timeout: 0 }), STOP_WAIT_MS);
    await this.#finished.finally(() => clearTimeout(deadline));
  }

  get finished(): Promise<void> {
    return this.#finished;
  }

  /** Something was dropped: what is told of the series need not wait for the next points. */
  async hearOfDrop(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#following) await this.#learnDrops(this.#following);
    });
  }

  async #run(onFenced: () => void): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      try {
        await this.#follow(() => {
          waitMs = RETRY_FIRST_MS;
        });
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof FencedError) {
          this.#log.warn({ err: error }, 'partition lost to another store');
          onFenced();
          break;
        }
        // Which reads all series anew.
        if (error instanceof ForgottenDropError) continue;
        if (!isPassing(error)) throw error;
        this.#parts.metrics.outages.inc();
        this.#log.warn({ err: error, waitMs }, 'storing stopped; trying again');
        // A stream may be gone: the one that is read, or one that is written to.
        if (!isOutage(error)) await this.#parts.ensureStreams();
        await Bun.sleep(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
    this.#deadLetters.close();
    await this.#database.end({ timeout: 1 });
  }

  /** From the position in PostgreSQL until something breaks. */
  async #follow(onCommit: () => void): Promise<void> {
    const { bus, groupBytesMax, installation } = this.#parts;
    const points = await bus.stream(POINTS_STREAM);
    if (!points) throw new StreamReplacedError(`there is no stream ${POINTS_STREAM}`);
    // The one of the last round: what it knows of rows that were not committed is forgotten.
    const encoder = await this.#freshEncoder();
    const position = await findPosition(this.#positionParts(), points);
    await cutToStream(this.#database, bus);
    const drops = new KnownDrops(this.#database);
    await drops.start(await this.#generation());
    // Another store may have owned the partition meanwhile, and changed tables.
    await this.#parts.catalogue.load();
    await this.#parts.partitions.load();
    await putCollisions(this.#database, this.#parts.control);
    const { partition } = this.#claim;
    const tableIds = await loadSeries(
      this.#database,
      encoder,
      partition,
      this.#parts.partitionCount,
    );
    this.#seriesCounts.clear();
    this.#seriesCounts.addEach(tableIds);
    const stream = points.created;
    this.#advance(stream, position);
    const planner = new Planner({
      ...this.#parts,
      installation: installation.id,
      database: this.#database,
      encoder,
      drops,
      stream,
    });
    const following: Following = { stream, encoder, planner, drops, position };
    this.#log.info({ position, series: encoder.index.size }, 'storing');
    const reading = new AbortController();
    const queue = new MessageQueue(groupBytesMax);
    const messages = bus.read(
      {
        stream: POINTS_STREAM,
        subject: pointsSubject(partition),
        created: points.created,
        position,
        messagesMax: PREFETCH_MESSAGES_MAX,
      },
      AbortSignal.any([reading.signal, this.#stop.signal]),
    );
    const filling = queue.fill(messages);
    this.#following = following;
    try {
      for (;;) {
        const group = await queue.take();
        await this.#parts.room.wait(this.#stop.signal);
        if (!group || this.#stop.signal.aborted) break;
        await this.#inTurn(() => this.#store(following, group));
        collectGarbage(group.reduce((bytes, { payload }) => bytes + payload.length, 0));
        onCommit();
      }
    } finally {
      this.#following = undefined;
      reading.abort();
      queue.close();
    }
    await filling;
  }

  /** One after another: the encoder is for one run at a time. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#work.then(action);
    this.#work = turn.catch(() => undefined);
    return turn;
  }

  #positionParts(): PositionParts {
    return { ...this.#parts, database: this.#database, log: this.#log, claim: this.#claim };
  }

  async #freshEncoder(): Promise<RowEncoder> {
    const { installation, groupBytesMax, partitionCount } = this.#parts;
    this.#encoder ??= await RowEncoder.create({
      seed: installation.seed,
      // Room for a group, and for copies of blocks that are taken apart twice: for keys that can't have their id, then for series
      // that are taken up again. Blocks may be tiny, and each copy is a batch.
      limits: {
        messagesBytes: groupBytesMax * 3 + 2 * 2 ** 20,
        outputBytes: OUTPUT_BYTES,
        seriesMax: Math.floor(SERIES_MAX / partitionCount),
      },
    });
    this.#encoder.index.clear();
    return this.#encoder;
  }

  /** Number of the newest drop that the position has heard of. */
  async #generation(): Promise<bigint> {
    const { partition, epoch } = this.#claim;
    const [row] = await this.#database`
      SELECT generation FROM overseer.progress WHERE partition = ${partition} AND epoch = ${epoch}`;
    if (!row) throw new FencedError(`partition ${partition} is not at epoch ${epoch}`);
    return row.generation;
  }

  async #learnDrops(following: Following): Promise<void> {
    const { stream, encoder, planner, drops, position } = following;
    const generation = await this.#generation();
    if (generation === drops.generation) return;
    await this.#parts.catalogue.load();
    await this.#parts.partitions.load();
    const { tableIds, deletedSeries } = await drops.learn(generation, encoder.index);
    planner.forget(tableIds);
    for (const tableId of tableIds) this.#seriesCounts.forget(tableId);
    for (const [tableId, count] of deletedSeries) this.#seriesCounts.remove(tableId, count);
    this.#advance(stream, position);
    this.#log.info({ generation: Number(generation), tables: tableIds.size }, 'heard of a drop');
  }

  /** Does it again when something was dropped that the owner had not heard of: then nothing was done. */
  async #knowingDrops(following: Following, action: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await action();
        return;
      } catch (error) {
        if (!(error instanceof UnknownDropError)) throw error;
      }
      await this.#learnDrops(following);
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

  async #store(following: Following, group: readonly StreamMessage[]): Promise<void> {
    await this.#knowingDrops(following, async () => {
      try {
        await this.#knowingPartitions(() => this.#storeTogether(following, group));
      } catch (error) {
        if (!isDataError(error)) throw error;
        this.#log.warn(
          { err: error, messages: group.length },
          'a block can’t be stored; looking for it',
        );
        await this.#storeApart(following, group);
      }
    });
  }

  async #storeTogether(following: Following, group: readonly StreamMessage[]): Promise<void> {
    const startedAt = performance.now();
    const { planner } = following;
    const plan = await planner.plan(group, following.position);
    await this.#bury(following, plan);
    await commitPlan(this.#transaction(following), plan, planner.unregistered);
    await this.#committed(following, plan, (performance.now() - startedAt) / 1000);
  }

  /** One message at a time, one block at a time: those that PostgreSQL refuses alone are buried. */
  async #storeApart(following: Following, group: readonly StreamMessage[]): Promise<void> {
    const { planner, stream } = following;
    const store = async (message: StreamMessage, isStale: IsStale) => {
      const plan = await planner.plan([message], following.position);
      await this.#bury(following, plan);
      const transaction = this.#transaction(following);
      const stored = await storeApart(transaction, plan, planner.unregistered, {
        isStale,
        onRefused: (dead) => this.#deadLetters.bury(stream, dead),
      });
      await this.#committed(following, stored, 0);
    };
    for (const message of group) {
      await this.#knowingDrops(following, () =>
        this.#knowingPartitions((isStale) => store(message, isStale)),
      );
    }
  }

  #transaction({ stream, encoder, drops }: Following): TransactionParts {
    const { generation } = drops;
    return { database: this.#database, encoder, claim: this.#claim, stream, generation };
  }

  /** A plan from before a drop takes for wrong what is right behind it. */
  async #bury({ stream, drops }: Following, { dead }: Plan): Promise<void> {
    if (dead.length === 0) return;
    if ((await this.#generation()) !== drops.generation) {
      throw new UnknownDropError('something was dropped since these blocks were found wrong');
    }
    await this.#deadLetters.bury(stream, dead);
  }

  async #committed(following: Following, plan: Plan, seconds: number): Promise<void> {
    following.position = plan.to;
    this.#countRegistered(following.planner);
    await this.#announce(plan, following.stream);
    this.#parts.metrics.committed(plan, seconds);
  }

  /** They were committed. */
  #countRegistered({ unregistered }: Planner): void {
    for (const [tableId, count] of unregistered.countByTable()) {
      this.#seriesCounts.add(tableId, count);
    }
    unregistered.clear();
  }

  #advance(stream: string, sequence: number): void {
    const series = this.#seriesCounts.snapshot();
    this.#parts.watermarks.advance(this.#claim.partition, { stream, sequence, series });
  }

  /** Tells the others what was committed. Collisions first: ingress learns of them before it stops sending the keys. */
  async #announce(plan: Plan, stream: string): Promise<void> {
    for (const { id, ownerCheck } of plan.collisions) {
      await this.#parts.control.put(collisionKey(id), encodeCollision(ownerCheck));
    }
    this.#advance(stream, plan.to);
    publishStored(this.#parts.bus, this.#claim.partition, stream, plan, this.#log);
  }
}
