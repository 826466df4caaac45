import { type Bus, BusSetupError, type Installation, type Logger } from '@overseer/shared';
import { BatchFormat } from './batch-format.ts';
import { Catalogue } from './catalogue.ts';
import { publishChanged } from './changed-events.ts';
import { serveDeadLetters } from './dead/mod.ts';
import { DeclaredDatabases } from './declared-databases.ts';
import { DeletionService } from './deletion/deletion-service.ts';
import { serveKnownSeries } from './known-series.ts';
import { leaseNews } from './lease-news.ts';
import { type Claim, Leases } from './leases.ts';
import { NatsLevels } from './metrics/nats-levels.ts';
import { observeNats } from './metrics/nats-metrics.ts';
import { observeLeases, observeOwners } from './metrics/owner-metrics.ts';
import type { StoreMetrics } from './metrics.ts';
import { migrate } from './migrations.ts';
import { isPassing } from './outages.ts';
import { PartitionOwner } from './owner.ts';
import { redealParked } from './parking/redeal.ts';
import { putRetentions } from './partitions/retention-news.ts';
import { serveRetention } from './partitions/retention-questions.ts';
import { type PartitionSettings, PartitionUpkeep } from './partitions/upkeep.ts';
import { connectPostgres, type Database } from './postgres.ts';
import { Purge } from './purge.ts';
import { admitReaders } from './readers/reader-role.ts';
import { renewViews } from './readers/view-renewal.ts';
import { ensureInstallation, reconcileBuckets } from './reconcile.ts';
import { StreamWatch } from './stream-watch.ts';
import { ensureStreams, type StreamSettings, type Streams } from './streams.ts';
import { Watermarks } from './watermarks.ts';

const PREPARE_RETRY_MS = 500;
const LEASE_CONNECTIONS_MAX = 2;

export interface StoreSettings extends StreamSettings, PartitionSettings {
  readonly replayTailMs: number;
  readonly leaseMs: number;
  readonly groupBytesMax: number;
  readonly parkedBytesMax: number;
}

export interface StoreParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  readonly settings: StoreSettings;
  /** Called when the store can't go on: a bug, or a world that changed so that only a restart helps. */
  readonly onFatal: (error: unknown) => void;
}

/** One store process: prepares both servers, owns partitions, keeps house. */
export class Store {
  readonly #parts: StoreParts;
  readonly #catalogue: Catalogue;
  readonly #upkeep: PartitionUpkeep;
  readonly #leaseDatabase: Database;
  readonly #leases: Leases;
  readonly #batchFormat: BatchFormat;
  readonly #declaredDatabases: DeclaredDatabases;
  readonly #streamWatch: StreamWatch;
  readonly #owners = new Map<number, PartitionOwner>();
  #streams: Streams | undefined;
  #installation: Installation | undefined;
  #watermarks: Watermarks | undefined;
  #purge: Purge | undefined;
  #deletion: DeletionService | undefined;
  #unserveKnownSeries: (() => void) | undefined;
  #unserveDeadLetters: (() => void) | undefined;
  #unserveRetention: (() => void) | undefined;
  #preparing: Promise<void> | undefined;
  /** How often preparing was asked for. */
  #preparations = 0;
  #stopped = false;

  constructor(parts: StoreParts) {
    const { bus, database, log, settings, onFatal } = parts;
    this.#parts = parts;
    this.#catalogue = new Catalogue(database, log);
    this.#declaredDatabases = new DeclaredDatabases(bus, this.#catalogue, log, onFatal);
    this.#streamWatch = new StreamWatch(bus, log, () => this.#prepareAgain(), onFatal);
    this.#upkeep = new PartitionUpkeep({
      database,
      log,
      settings,
      onFatal,
      metrics: parts.metrics,
      tables: () => this.#catalogue.tables(),
      onRetentions: (retentions) => putRetentions(this.#known(this.#streams).control, retentions),
      onChange: (event) => publishChanged(bus, event, log),
    });
    this.#leaseDatabase = connectPostgres(
      settings.databaseUrl,
      'overseer-store leases',
      LEASE_CONNECTIONS_MAX,
    );
    this.#leases = new Leases(this.#leaseDatabase, leaseNews(bus), log, settings.leaseMs, {
      onClaimed: (claim) => this.#own(claim),
      onLost: (partition) => void this.#disown(partition),
      onGivenUp: (partition) => this.#disown(partition),
      onFatal,
    });
    this.#batchFormat = new BatchFormat(bus, database, log, (error) =>
      this.#passing(error, 'format of batches not looked at'),
    );
  }

  get partitionsHeld(): number {
    return this.#leases.held;
  }

  get ready(): boolean {
    return this.#purge !== undefined;
  }

  async start(): Promise<void> {
    const { bus, database, log, metrics, settings } = this.#parts;
    const version = await migrate(database);
    await this.#catalogue.load();
    await renewViews(database, log);
    await admitReaders(database, log);
    await this.#upkeep.partitions.load();
    await this.#prepare();
    const streams = this.#known(this.#streams);
    this.#watermarks = new Watermarks(streams.control, log);
    await redealParked(database, streams.partitions, log);
    await this.#upkeep.start();
    await this.#leases.start(streams.partitions);
    this.#batchFormat.start();
    bus.onReconnect(() => void this.#prepareAgain());
    this.#declaredDatabases.start();
    this.#streamWatch.start();
    this.#deletion = new DeletionService({
      ...this.#parts,
      schema: streams.schema,
      onChanged: () => this.#hearOfDrops(),
    });
    this.#deletion.start();
    this.#unserveKnownSeries = serveKnownSeries(bus, database, log);
    this.#unserveDeadLetters = serveDeadLetters(bus, database, metrics.deadLetters, log);
    this.#purge = new Purge(bus, database, log, settings.replayTailMs, streams.partitions);
    this.#purge.start();
    this.#unserveRetention = serveRetention(bus, database, this.#upkeep.retention.default, log);
    this.#observe(streams);
    log.info(
      { version, measurements: this.#catalogue.size, partitions: streams.partitions },
      'store started',
    );
  }

  #observe({ control, partitions }: Streams): void {
    const { bus, metrics, settings } = this.#parts;
    const { meter } = metrics;
    meter.observedGauge('tables', 'Measurements', () => this.#catalogue.size);
    meter.limit('queued_bytes', settings.groupBytesMax);
    meter.limit('parked_bytes', settings.parkedBytesMax);
    observeLeases(meter, this.#leases, partitions);
    observeOwners(meter, () => this.#owners.entries().map(([of, owner]) => [of, owner.levels]));
    const watermarkOf = (partition: number) =>
      this.#owners.has(partition) ? this.#watermarks?.last(partition) : undefined;
    observeNats(meter, new NatsLevels({ bus, control, partitions, watermarkOf }));
  }

  /** Commits what is under way, and gives each partition back when it is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unserveRetention?.();
    const upkeepStopped = this.#upkeep.stop();
    this.#batchFormat.stop();
    this.#purge?.stop();
    this.#declaredDatabases.stop();
    this.#streamWatch.stop();
    await this.#deletion?.stop();
    this.#unserveKnownSeries?.();
    this.#unserveDeadLetters?.();
    await this.#leases.stop();
    this.#watermarks?.stop();
    await upkeepStopped;
    await this.#leaseDatabase.end({ timeout: 1 });
  }

  /** Streams, buckets and what is in them; again whenever NATS comes back, maybe without its data. */
  async #prepare(): Promise<void> {
    const { bus, database, log, settings } = this.#parts;
    const streams = await ensureStreams(bus, settings);
    if (this.#streams && this.#streams.partitions !== streams.partitions) {
      throw new BusSetupError(
        `the stream was made anew with ${streams.partitions} partitions instead of ${this.#streams.partitions}: restarting`,
      );
    }
    this.#streams = streams;
    this.#installation = await ensureInstallation(database, streams.control, log);
    await reconcileBuckets({ database, schema: streams.schema, control: streams.control, log });
  }

  /** Prepares NATS until it succeeds; who asks meanwhile waits for a pass that began after he asked. */
  async #prepareAgain(): Promise<void> {
    this.#preparations++;
    this.#preparing ??= this.#prepareUntilDone().finally(() => {
      this.#preparing = undefined;
    });
    await this.#preparing;
  }

  async #prepareUntilDone(): Promise<void> {
    let prepared = 0;
    while (prepared < this.#preparations && !this.#stopped) {
      const asked = this.#preparations;
      try {
        await this.#catalogue.load();
        await this.#prepare();
        prepared = asked;
      } catch (error) {
        this.#passing(error, 'NATS not prepared');
        await Bun.sleep(PREPARE_RETRY_MS);
      }
    }
  }

  #own(claim: Claim): void {
    const { bus, log, metrics, settings, onFatal } = this.#parts;
    const streams = this.#known(this.#streams);
    const owner = new PartitionOwner(
      {
        bus,
        log,
        metrics,
        databaseUrl: settings.databaseUrl,
        groupBytesMax: settings.groupBytesMax,
        parkedBytesMax: settings.parkedBytesMax,
        control: streams.control,
        schema: streams.schema,
        partitionCount: streams.partitions,
        catalogue: this.#catalogue,
        partitions: this.#upkeep.partitions,
        room: this.#upkeep.room,
        watermarks: this.#known(this.#watermarks),
        installation: this.#known(this.#installation),
        owner: this.#leases.owner,
        ensureStreams: () => this.#prepareAgain(),
      },
      claim,
      () => this.#leases.drop(claim.partition),
    );
    this.#owners.set(claim.partition, owner);
    owner.finished.catch(onFatal);
  }

  /** Resolves when it has ended; its failure, if any, is reported where it was started. */
  async #disown(partition: number): Promise<void> {
    const owner = this.#owners.get(partition);
    this.#owners.delete(partition);
    await owner?.stop().catch(() => undefined);
  }

  #hearOfDrops(): void {
    for (const owner of this.#owners.values()) {
      // Whatever it meets here, it meets with the next points too.
      owner.hearOfDrop().catch((error: unknown) => {
        this.#parts.log.warn(
          { err: error },
          'an owner did not hear of a drop; it will with the next points',
        );
      });
    }
  }

  #passing(error: unknown, what: string): void {
    if (!isPassing(error)) this.#parts.onFatal(error);
    else this.#parts.log.warn({ err: error }, `${what}; trying again`);
  }

  #known<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('the store was not started');
    return value;
  }
}
