import {
  CONTROL_BUCKET,
  DEAD_STREAM,
  DEAD_SUBJECTS,
  decodeWatermark,
  encodeBatch,
  POINTS_STREAM,
  pointsSubject,
  watermarkKey,
} from '@overseer/shared';
import { migrate } from '../migrations.ts';
import { Random } from '../promql/testing/random.ts';
import { blockOfPoints, type IdentifiedPoint } from '../testing/blocks.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import type { Point } from '../testing/test-ingress.ts';
import { AnnouncedSeries } from './announcements.ts';
import { findDifferences } from './comparison.ts';
import type { DrawnBlock, DrawnFrom, DrawnMessage } from './drawing.ts';
import { ExpectedRows } from './expected-rows.ts';
import { drawUniverse, type Measurement, type Place } from './universe.ts';

const SEED_BYTES = 16;
/** Messages that are remembered to be published again. */
const REMEMBERED_MAX = 50;

/** A message as it went to the stream. */
interface Published {
  readonly partition: number;
  readonly payload: Uint8Array;
  readonly blocks: readonly DrawnBlock[];
}

/** The store under test with its servers, and what it must have stored. */
export class World {
  readonly expected = new ExpectedRows();
  readonly #announcements = new AnnouncedSeries();
  /** Dead letters that there must be: where the block came from, and its kind. */
  readonly #dead = new Set<string>();
  readonly #published: Published[] = [];
  readonly #ids = new Map<string, bigint>();
  #stream = '';

  private constructor(
    readonly pipeline: Pipeline,
    readonly universe: readonly Measurement[],
  ) {}

  /** Starts everything; the ids of series are a function of the seed too. */
  static async start(seed: number): Promise<World> {
    const random = new Random(seed);
    const settings = {
      PARTITIONS: random.pick(['1', '2', '4']),
      GROUP_BYTES_MAX: random.pick(['1MiB', '4MiB']),
      LOG_LEVEL: 'error',
    };
    const seedBytes = Buffer.from(Array.from({ length: SEED_BYTES }, () => random.integer(256)));
    const pipeline = await startPipeline(settings, async (database) => {
      await migrate(database);
      await database`INSERT INTO overseer.installation (id, seed) VALUES ('0a1b2c3d', ${seedBytes})`;
    });
    try {
      const world = new World(pipeline, drawUniverse(random));
      await world.followStream();
      return world;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.pipeline.stop();
  }

  get drawnFrom(): DrawnFrom {
    return {
      universe: this.universe,
      idOf: (place) => this.idOf(place),
      partitions: this.pipeline.ingress.partitions,
    };
  }

  idOf(place: Place): bigint {
    const key = JSON.stringify(place);
    const id =
      this.#ids.get(key) ?? this.pipeline.ingress.seriesId({ ...place, fields: {}, timeNs: 0n });
    this.#ids.set(key, id);
    return id;
  }

  /** Messages published lately, the oldest first. */
  get published(): readonly Published[] {
    return this.#published;
  }

  /** Learns which stream there is. */
  async followStream(): Promise<void> {
    this.#stream = (await this.pipeline.ingress.bus.stream(POINTS_STREAM))?.created ?? '';
  }

  get stream(): string {
    return this.#stream;
  }

  /**
   * Gives the ids of some series to others: what PostgreSQL has when two keys have one hash. The store must have stored something of
   * every measurement, and reads the series when it starts again.
   */
  async collide(): Promise<void> {
    const { database, store, settled } = this.pipeline;
    await settled();
    await store.kill('SIGTERM');
    for (const { collided } of this.universe) {
      for (const place of collided) {
        await database`
          INSERT INTO overseer.series (id, "check", measurement_id, tags)
          SELECT ${BigInt.asIntN(64, this.idOf(place))}, 1, m.id, '{"owner": "of the id"}'
          FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
          WHERE d.name = ${place.database} AND m.name = ${place.measurement}`;
      }
    }
    await store.restart();
  }

  /** Publishes messages in order; when it is done they are acknowledged, and the expected rows have them. */
  async publish(messages: readonly DrawnMessage[], operation: string): Promise<void> {
    await this.#observeWatermarks();
    for (const message of messages) {
      const blocks = message.blocks.map((block) => this.encode(block));
      const payload = encodeBatch({ installation: this.pipeline.ingress.installation.id, blocks });
      const sequence = await this.republish({ ...message, payload }, operation);
      const carried = message.blocks
        .filter(({ announcing }) => announcing === 'as needed' || announcing === 'always')
        .flatMap(({ points }) => points.map((point) => this.idOf(placeOf(point))));
      const { partition } = message;
      this.#announcements.carried(carried, { partition, stream: this.#stream, sequence });
    }
  }

  /** Publishes a message byte for byte, as new or once more. @returns its sequence */
  async republish(message: Published, operation: string): Promise<number> {
    const { partition, payload, blocks } = message;
    const sequence = await this.pipeline.ingress.bus.publish(pointsSubject(partition), payload);
    for (const [block, { fate, points }] of blocks.entries()) {
      const origin = { operation, sequence, block };
      if (fate === 'stored') for (const point of points) this.expected.write(point, origin);
      else this.expectDead(sequence, block, fate);
    }
    this.#published.push(message);
    if (this.#published.length > REMEMBERED_MAX) this.#published.shift();
    return sequence;
  }

  expectDead(sequence: number, block: number, kind: string): void {
    this.#dead.add(letterKey(this.#stream, sequence, block, kind));
  }

  /** Waits until everything is committed, and compares. @returns differences */
  async check(): Promise<string[]> {
    await this.pipeline.settled();
    const differences = await findDifferences(this.pipeline.database, this.expected);
    differences.push(...(await this.#deadDifferences()));
    this.expected.forgetHistory();
    return differences;
  }

  encode({ points, announcing }: DrawnBlock) {
    const rows = points.map((point): IdentifiedPoint => {
      const seriesId = this.idOf(placeOf(point));
      return { point, seriesId: announcing === 'forged' ? seriesId ^ 1n : seriesId };
    });
    const series = new Map(rows.map((row) => [row.seriesId, row]));
    const announced = [...series.values()].filter(({ seriesId }) => {
      if (announcing === 'never') return false;
      return announcing !== 'as needed' || !this.#announcements.isPassed(seriesId);
    });
    return blockOfPoints(rows, announced);
  }

  async #observeWatermarks(): Promise<void> {
    const { ingress } = this.pipeline;
    const control = await ingress.bus.bucket(CONTROL_BUCKET);
    for (let partition = 0; partition < ingress.partitions; partition++) {
      const entry = await control.get(watermarkKey(partition));
      if (entry?.value) this.#announcements.observe(partition, decodeWatermark(entry.value));
    }
  }

  async #deadDifferences(): Promise<string[]> {
    const found = await this.#readDead();
    return [
      ...[...this.#dead].filter((key) => !found.has(key)).map((key) => `no dead letter ${key}`),
      ...[...found]
        .filter(([key]) => !this.#dead.has(key))
        .map(([key, error]) => {
          return `dead letter ${key} of a block that could be stored: ${error}`;
        }),
    ];
  }

  /** Errors of all dead letters by what they are of. */
  async #readDead(): Promise<Map<string, string>> {
    const { bus } = this.pipeline.ingress;
    const stream = await bus.stream(DEAD_STREAM);
    const found = new Map<string, string>();
    if (!stream || stream.lastSequence === 0) return found;
    const source = {
      stream: DEAD_STREAM,
      subject: DEAD_SUBJECTS,
      created: stream.created,
      position: 0,
      messagesMax: 256,
    };
    for await (const { sequence, headers } of bus.read(source, new AbortController().signal)) {
      const place = letterKey(
        headers['Overseer-Stream'] ?? '',
        Number(headers['Overseer-Sequence']),
        Number(headers['Overseer-Block']),
        headers['Overseer-Kind'] ?? '',
      );
      found.set(place, headers['Overseer-Error'] ?? '');
      if (sequence === stream.lastSequence) break;
    }
    return found;
  }
}

const letterKey = (...parts: readonly (string | number)[]) => parts.join('/');

function placeOf({ database, measurement, tags }: Point): Place {
  return { database, measurement, tags };
}
