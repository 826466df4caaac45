import {
  type Block,
  CONTROL_BUCKET,
  DEAD_STREAM,
  DEAD_SUBJECTS,
  type DeleteQuestion,
  decodeWatermark,
  encodeBatch,
  POINTS_STREAM,
  pointsSubject,
  type TagMatcher,
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
import { ExpectedRows, tableKey } from './expected-rows.ts';
import { packBlock } from './packing.ts';
import { drawUniverse, type Measurement, type Place } from './universe.ts';

const SEED_BYTES = 16;
/** Of series that have the ids of others. */
const OWNER_TAGS: Place['tags'] = { owner: 'of the id' };
/** Messages that are remembered to be published again. */
const REMEMBERED_MAX = 50;

/** A message as it went to the stream. */
interface Published {
  readonly partition: number;
  readonly payload: Uint8Array;
  readonly blocks: readonly DrawnBlock[];
}

/** What was published, and where it is in the stream. */
interface Written {
  readonly sequence: number;
  readonly blocks: readonly DrawnBlock[];
}

/** The store under test with its servers, and what it must have stored. */
export class World {
  readonly expected = new ExpectedRows();
  readonly #announcements = new AnnouncedSeries();
  /** Dead letters that there must be: where the block came from, and its kind. */
  readonly #dead = new Set<string>();
  /** Those that there may be. */
  readonly #deadPossibly = new Set<string>();
  /** Measurements that were dropped once: a block of other types may be taken for one from before. */
  readonly #dropped = new Set<string>();
  /** Measurements whose ids that were taken are free again. */
  readonly #freed = new Set<string>();
  readonly #published: Published[] = [];
  readonly #ids = new Map<string, bigint>();
  #stream = '';
  #replayedFrom = 0;

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
    this.#replayedFrom = 0;
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
          SELECT ${BigInt.asIntN(64, this.idOf(place))}, 1, m.id, ${JSON.stringify(OWNER_TAGS)}::text::jsonb
          FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
          WHERE d.name = ${place.database} AND m.name = ${place.measurement}`;
      }
    }
    await store.restart();
  }

  /** Publishes messages in order; when it is done they are acknowledged, and the expected rows have them. */
  async publish(messages: readonly DrawnMessage[], operation: string): Promise<Written[]> {
    await this.#observeWatermarks();
    const written: Written[] = [];
    for (const message of messages) {
      const blocks = message.blocks.map((block) => this.encode(block));
      const payload = encodeBatch({ installation: this.pipeline.ingress.installation.id, blocks });
      const sequence = await this.republish({ ...message, payload }, operation);
      const carried = message.blocks
        .filter(({ announcing }) => announcing === 'as needed' || announcing === 'always')
        .flatMap(({ points }) => points.map((point) => this.idOf(placeOf(point))));
      const { partition } = message;
      this.#announcements.carried(carried, { partition, stream: this.#stream, sequence });
      written.push({ sequence, blocks: message.blocks });
    }
    return written;
  }

  /**
   * A database or a measurement was dropped.
   * @param upto the last sequence that is from before the drop
   * @param written what may be from after it
   */
  dropped(
    { db, measurement }: { db: string; measurement: string | undefined },
    upto: number,
    written: readonly Written[],
    operation: string,
  ): void {
    const isOf = (point: Pick<Point, 'database' | 'measurement'>) =>
      point.database === db && (measurement ?? point.measurement) === point.measurement;
    for (const { database, name } of this.universe) {
      const table = { database, measurement: name };
      if (!isOf(table)) continue;
      this.expected.drop(table);
      this.#dropped.add(tableKey(table));
      this.#freed.add(tableKey(table));
    }
    for (const { sequence, blocks } of written) {
      if (sequence <= upto) continue;
      for (const [block, { points }] of blocks.entries()) {
        const origin = { operation, sequence, block };
        for (const point of points.filter(isOf)) this.expected.write(point, origin);
      }
    }
  }

  /** Points were deleted, all of which are older than what is published from now on. */
  async deleted({ db, measurement, tags, startNs, endNs }: DeleteQuestion): Promise<void> {
    const isOf = (place: Place) =>
      place.database === db &&
      (measurement ?? place.measurement) === place.measurement &&
      tags.every((matcher) => passes(matcher, place.tags));
    this.expected.delete(
      (point) =>
        isOf(point) &&
        (startNs === undefined || point.timeNs >= startNs) &&
        (endNs === undefined || point.timeNs < endNs),
    );
    for (const { database, name } of startNs === undefined && endNs === undefined
      ? this.universe
      : []) {
      const owner = { database, measurement: name, tags: OWNER_TAGS };
      if (isOf(owner)) this.#freed.add(tableKey(owner));
    }
    const points = await this.pipeline.ingress.bus.stream(POINTS_STREAM);
    this.#replayedFrom = points?.lastSequence ?? 0;
  }

  /** Position before which nothing may be stored once more: it was deleted. */
  get replayedFrom(): number {
    return this.#replayedFrom;
  }

  /** Publishes a message byte for byte, as new or once more. @returns its sequence */
  async republish(message: Published, operation: string): Promise<number> {
    const { partition, payload, blocks } = message;
    const sequence = await this.pipeline.ingress.bus.publish(pointsSubject(partition), payload);
    for (const [block, { fate, points }] of blocks.entries()) {
      const origin = { operation, sequence, block };
      const place = points[0] && tableKey(points[0]);
      const isFreed = fate === 'collision' && this.#freed.has(place ?? '');
      if (fate === 'stored' || isFreed) {
        for (const point of points) this.expected.write(point, origin);
      } else if (fate === 'type' && this.#dropped.has(place ?? '')) {
        this.#deadPossibly.add(letterKey(this.#stream, sequence, block, fate));
      } else this.expectDead(sequence, block, fate);
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
    await this.pipeline.unparked();
    const differences = await findDifferences(this.pipeline.database, this.expected);
    differences.push(...(await this.#deadDifferences()));
    this.expected.forgetHistory();
    return differences;
  }

  encode({ points, announcing, packed }: DrawnBlock): Block {
    const rows = points.map((point): IdentifiedPoint => {
      const seriesId = this.idOf(placeOf(point));
      return { point, seriesId: announcing === 'forged' ? seriesId ^ 1n : seriesId };
    });
    const series = new Map(rows.map((row) => [row.seriesId, row]));
    const announced = [...series.values()].filter(({ seriesId }) => {
      if (announcing === 'never') return false;
      return announcing !== 'as needed' || !this.#announcements.isPassed(seriesId);
    });
    const block = blockOfPoints(rows, announced);
    return packed ? packBlock(block) : block;
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
        .filter(([key]) => !this.#dead.has(key) && !this.#deadPossibly.has(key))
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

/** A tag that a series has not is empty; patterns are of the whole value. */
function passes([tag, operator, value]: TagMatcher, tags: Place['tags']): boolean {
  const own = tags[tag] ?? '';
  switch (operator) {
    case '=':
      return own === value;
    case '!=':
      return own !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(own);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(own);
  }
}
