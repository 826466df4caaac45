import {
  BATCH_VERSION,
  type Bus,
  connectBus,
  type Installation,
  type Logger,
  type Watermark,
  withoutSecrets,
} from '@overseer/shared';
import { Access, TOKENS_MAX } from '@overseer/shared/access';
import { LineParser, ParserFaultError, ParserLimitError } from '@overseer/wasm';
import { ANNOUNCED_ENTRIES_MAX, Announcements } from './announcements.ts';
import { Assembler, type Assembly } from './assembler.ts';
import { BodyMemory } from './body-memory.ts';
import { WallClock } from './clock.ts';
import { Control } from './control.ts';
import { Databases } from './databases.ts';
import { DATABASES_MAX } from './declared-databases.ts';
import { RequestError, UnavailableError } from './errors.ts';
import { KeptTimes } from './kept-times.ts';
import { type IngressLevels, IngressMetrics } from './metrics.ts';
import { PointsStream, type VerifiedStream } from './points-stream.ts';
import { Readiness } from './readiness.ts';
import { Rehearsal } from './rehearsal.ts';
import { type Measurement, Schema } from './schema.ts';
import { SeriesLimits } from './series-limits.ts';
import { askKnownSeries } from './series-question.ts';
import { type IngressSettings, parserLimits } from './settings.ts';
import { Turns } from './turns.ts';
import { LINE_ERRORS_LISTED_MAX, type WriteOutcome } from './write-answer.ts';
import type { WriteParameters } from './write-parameters.ts';
import { Writer } from './writer.ts';

const NOT_READY_RETRY_SECONDS = 2;
/** Told to the client whose body a parser failed on. */
const PARSER_FAULT =
  'the parser failed on this body, which is a bug: please report it; its points may be written in part';
/** A start without NATS is worth a word after this time. */
const CONNECT_WARNING_MS = 3000;

/** The service behind the HTTP server: follows what the store says on NATS, and writes points while all is well. */
export class Ingress {
  readonly metrics: IngressMetrics;
  readonly bodies: BodyMemory;
  readonly access: Access;
  readonly databases: Databases;
  readonly readiness = new Readiness(() => this.#bus?.connected ?? false);
  readonly #settings: IngressSettings;
  readonly #log: Logger;
  readonly #onFailure: (error: unknown) => void;
  readonly #clock = new WallClock();
  readonly #turns = new Turns();
  readonly #keptTimes: KeptTimes;
  readonly #seriesLimits: SeriesLimits;
  readonly #assembler: Assembler;
  readonly #watermarks = new Map<number, Watermark>();
  readonly #collisions = new Map<bigint, bigint>();
  #bus: Bus | undefined;
  #schema: Schema | undefined;
  #stream: PointsStream | undefined;
  #installation: Installation | undefined;
  #verified: VerifiedStream | undefined;

  /**
   * @param onFailure told of a bug, after which the process must not go on
   * @param labels of all metrics: which process of an ingress this is
   * @throws SettingError when the tokens can't be read
   */
  constructor(
    settings: IngressSettings,
    log: Logger,
    onFailure: (error: unknown) => void,
    labels: Readonly<Record<string, string>> = {},
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#onFailure = onFailure;
    this.#keptTimes = new KeptTimes(settings);
    this.bodies = new BodyMemory(settings.bodiesBytesMax);
    this.access = new Access(settings, log);
    this.databases = new Databases({
      mayDrop: settings.dropDatabase === 'on',
      bus: () => this.#bus,
      schema: () => this.#schema,
      checkReady: () => this.checkReady(),
    });
    this.#assembler = new Assembler({
      make: () => this.#make(),
      tell: (assembly) => this.#tellAll(assembly),
      readiness: this.readiness,
      onFailure,
    });
    this.#seriesLimits = new SeriesLimits({
      perDatabaseMax: settings.seriesPerDatabaseMax,
      newPerSecondMax: settings.newSeriesPerSecondMax,
      pendingOf: (database) => this.#assembler.current?.announcements.pendingOf(database) ?? 0,
      askKnown: (ids) => askKnownSeries(this.#bus, ids),
    });
    this.metrics = new IngressMetrics(
      this.#levels(),
      {
        ...settings,
        publishesMax: settings.publishInFlightMax,
        announcementsMax: ANNOUNCED_ENTRIES_MAX,
        databasesMax: DATABASES_MAX,
        tokensMax: TOKENS_MAX,
      },
      labels,
    );
  }

  #levels(): IngressLevels {
    return {
      ready: () => Number(this.readiness.ready),
      bodiesBytes: () => this.bodies.bytes,
      clients: () => this.bodies.clients,
      clientsWaiting: () => this.#turns.clients,
      turnsWaiting: () => this.#turns.waiting,
      databases: () => this.#schema?.databases().length ?? 0,
      measurements: () => this.#schema?.measurementsOfLargest ?? 0,
      series: () => this.#seriesLimits.seriesOfLargest,
      newSeries: () => this.#seriesLimits.taken,
      tokens: () => this.access.tokens,
      tokensRefused: () => this.access.reloadsRefused,
      writer: () => this.#assembler.current?.writer.levels,
    };
  }

  /**
   * Connects to NATS, waiting until it is there, and follows the stream and the buckets.
   * @throws BusSetupError when the server is not fit
   */
  async start(): Promise<void> {
    const url = withoutSecrets(this.#settings.natsUrl);
    const warning = setTimeout(
      () => this.#log.warn({ url }, 'NATS is not there; waiting for it'),
      CONNECT_WARNING_MS,
    );
    let bus: Bus;
    try {
      bus = await connectBus({ url: this.#settings.natsUrl, name: 'ingress', log: this.#log });
    } finally {
      clearTimeout(warning);
    }
    this.#log.info({ url }, 'connected to NATS');
    this.#bus = bus;
    bus.onReconnect(() => this.#assembler.current?.announcements.startOver());
    this.#follow(bus);
  }

  /** Leaves NATS. Whoever still waits for a batch gets an error. */
  async stop(): Promise<void> {
    this.access.stop();
    this.#stream?.stop();
    this.#assembler.abandon(new UnavailableError('not_ready', 'ingress is stopping', 1));
    await this.#bus?.close();
  }

  /** Series whose key the store has not confirmed. */
  get announcementsPending(): number {
    return this.#assembler.current?.announcements.pendingEntries ?? 0;
  }

  /** @throws UnavailableError that says what is missing */
  checkReady(): void {
    if (this.readiness.ready) return;
    const reasons = Object.values(this.readiness.missing).join('; ');
    throw new UnavailableError('not_ready', `not ready: ${reasons}`, NOT_READY_RETRY_SECONDS);
  }

  /**
   * Writes a body of line protocol; gives what became of its lines once the good ones are in the stream, or, when all were to be
   * written or none, that nothing was.
   * @param client who shares the thread with others, fairly
   * @throws UnavailableError, BusUnavailableError, StreamFullError
   */
  async write(
    client: string,
    parameters: WriteParameters,
    body: Uint8Array,
  ): Promise<WriteOutcome> {
    this.checkReady();
    const assembly = await this.#assembler.rightFor(parameters.database);
    const bodyBytes = body.length;
    const outcome = await this.#writeWith(assembly, client, parameters, body);
    this.metrics.countLines(outcome, bodyBytes);
    return outcome;
  }

  async #writeWith(
    { parser, writer, rehearsal }: Assembly,
    client: string,
    { database, precisionNs, atomic }: WriteParameters,
    body: Uint8Array,
  ): Promise<WriteOutcome> {
    const source = { client, database };
    const nowNs = this.#clock.nowNs();
    const options = {
      database: this.#numberOf(database, parser),
      precision: precisionNs,
      nowNs,
      ...this.#keptTimes.boundsOf(database, nowNs),
      linesMax: this.#settings.linesMax,
      errorsMax: LINE_ERRORS_LISTED_MAX,
    };
    try {
      if (atomic) {
        const { rejected, errors } = await rehearsal.check(source, body, options);
        if (rejected > 0) return { accepted: 0, rejected, errors };
      }
      return await writer.write(source, body, options);
    } catch (cause) {
      if (!(cause instanceof ParserFaultError)) throw cause;
      // Sent again, the body would only end the next parser too.
      throw new RequestError(400, PARSER_FAULT, {}, { cause, reason: 'parser_fault' });
    }
  }

  /** @throws RequestError when the database would be one too many, UnavailableError when names without points took all the room */
  #numberOf(database: string, parser: LineParser): number {
    this.#schema?.checkDatabase(database);
    try {
      return parser.database(database);
    } catch (cause) {
      if (!(cause instanceof ParserLimitError)) throw cause;
      const reason = 'the parser has met too many names of databases and starts over';
      this.#log.warn({ err: cause }, reason);
      this.#assembler.startOver(reason);
      const message = `${reason}; send the points again`;
      throw new UnavailableError('databases_max', message, NOT_READY_RETRY_SECONDS);
    }
  }

  #follow(bus: Bus): void {
    this.#schema = new Schema(
      bus,
      this.readiness,
      {
        onFields: (measurement) => this.#define(measurement),
        onForgotten: ({ database }) => this.#assembler.outdate(database),
      },
      this.#settings,
      this.#log,
    );
    const control = new Control(
      bus,
      this.readiness,
      {
        onInstallation: (installation) => this.#onInstallation(installation),
        onAnnounceAgain: () => this.#assembler.startOver('PostgreSQL was restored'),
        onRetentions: (retentions) => this.#keptTimes.onRetentions(retentions),
        onWatermark: (partition, watermark) => {
          this.#watermarks.set(partition, watermark);
          this.#seriesLimits.onWatermark(partition, watermark);
          this.#assembler.current?.announcements.onWatermark(partition, watermark);
        },
        onCollision: (series, check) => {
          this.#collisions.set(series, check);
          for (const parser of this.#parsers()) this.#refuse(parser, series, check);
        },
      },
      this.#log,
    );
    this.#stream = new PointsStream(
      bus,
      this.readiness,
      (stream) => this.#onStream(stream),
      this.#log,
    );
    this.#schema.start();
    control.start();
    this.#stream.start();
  }

  #onInstallation(installation: Installation): void {
    this.readiness.satisfy('installation');
    const known = this.#installation;
    this.#installation = installation;
    if (known?.id === installation.id && Buffer.compare(known.seed, installation.seed) === 0)
      return;
    this.#log.info({ installation: installation.id }, 'the store announced its installation');
    this.#collisions.clear();
    this.#assembler.startOver('the store announced another installation');
  }

  #onStream(stream: VerifiedStream): void {
    const known = this.#verified;
    this.#verified = stream;
    if (known?.created === stream.created) {
      this.#assembler.current?.announcements.onStream(stream.created, stream.check);
      return;
    }
    this.#log.info({ stream }, 'found the stream of points');
    // It may have other partitions. And where NATS is another, PostgreSQL may be an older one, without series that were confirmed.
    this.#assembler.startOver('the stream of points was made anew');
  }

  #parsers(): LineParser[] {
    const { parser, rehearsal } = this.#assembler.current ?? {};
    return [parser, rehearsal?.parser].filter((made) => made !== undefined);
  }

  #define({ database, measurement, fields }: Measurement): void {
    if (this.#assembler.isOutdated(database)) return;
    const pairs = Array.from(fields, ([name, type]) => ({ name, type }));
    try {
      for (const parser of this.#parsers()) parser.defineFields(database, measurement, pairs);
    } catch (error) {
      if (!(error instanceof ParserLimitError)) throw error;
      this.#log.error({ database, measurement, err: error }, 'the schema is too large');
      // Without the name: whoever may not read it sees this too.
      this.readiness.miss(
        'schema',
        'the schema is larger than ingress can hold; its log has the details',
      );
    }
  }

  #refuse(parser: LineParser, series: bigint, check: bigint): void {
    try {
      parser.refuse(series, check);
    } catch (error) {
      if (!(error instanceof ParserLimitError)) throw error;
      // Their points go to the dead letters, as those sent before the collision was known.
      this.#log.error({ series: String(series), err: error }, 'a collision is not watched for');
    }
  }

  /** A parser that failed is replaced: only the body that it failed on is refused, others are to be sent again. */
  #onParserFailure(error: unknown): void {
    if (!(error instanceof ParserFaultError)) {
      this.#onFailure(error);
      return;
    }
    this.#log.error({ err: error }, 'the parser failed, which is a bug; a new one is made');
    this.#assembler.startOver('the parser failed on the body of somebody else');
  }

  /** A parser with all that goes with it; undefined while too little is known for one. */
  async #make(): Promise<Assembly | undefined> {
    const installation = this.#installation;
    const stream = this.#verified;
    const schema = this.#schema;
    const bus = this.#bus;
    if (!installation || !stream || !schema || !bus) return undefined;
    const { partitions } = stream;
    const createParser = () =>
      LineParser.create({
        seed: installation.seed,
        partitions,
        limits: parserLimits(this.#settings),
      });
    const parser = await createParser();
    const seriesLimits = this.#seriesLimits;
    const announcements = new Announcements(parser, partitions);
    const writer = new Writer({
      parser,
      announcements,
      publisher: bus,
      metrics: this.metrics.batches,
      installationId: installation.id,
      reserve: (wanted) => schema.reserve(wanted),
      seriesLimits,
      packs: () => this.#verified?.format === BATCH_VERSION,
      streamChecks: () => this.#stream?.checks ?? 0,
      onFailure: (error) => this.#onParserFailure(error),
      checkDatabase: (database) => this.#assembler.checkRightFor(database),
      coalesceMs: this.#settings.coalesceMs,
      inFlightMax: this.#settings.publishInFlightMax,
      turns: this.#turns,
    });
    const rehearsal = new Rehearsal({
      turns: this.#turns,
      createParser,
      onParser: (made) => this.#tell(made),
      seriesLimits,
      reserve: (wanted) => schema.reserve(wanted),
      onFailure: (error) => this.#onParserFailure(error),
    });
    return { parser, announcements, writer, rehearsal };
  }

  #tell(parser: LineParser): void {
    for (const measurement of this.#schema?.measurements ?? []) this.#define(measurement);
    for (const [series, check] of this.#collisions) this.#refuse(parser, series, check);
  }

  #tellAll({ parser, announcements }: Assembly): void {
    this.#tell(parser);
    for (const [partition, mark] of this.#watermarks) announcements.onWatermark(partition, mark);
    if (this.#verified) announcements.onStream(this.#verified.created, this.#verified.check);
  }
}
