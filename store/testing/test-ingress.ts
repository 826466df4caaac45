import {
  type Batch,
  type Block,
  type Bucket,
  type Bus,
  BusUnavailableError,
  CONTROL_BUCKET,
  canonicalKey,
  connectBus,
  createLogger,
  decodeInstallation,
  encodeBatch,
  INSTALLATION_KEY,
  type Installation,
  keyPrefix,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  partitionOfSeries,
  pointsSubject,
} from '@overseer/shared';
import { RowEncoder } from '@overseer/wasm';
import { blockOfPoints, tagBytes } from './blocks.ts';

/** A value with its type, as a test writes it. */
export type Value =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'integer' | 'unsigned'; readonly value: bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string };

export interface Point {
  readonly database: string;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Value>>;
  readonly timeNs: bigint;
}

export const float = (value: number): Value => ({ type: 'float', value });
export const integer = (value: bigint): Value => ({ type: 'integer', value });
export const unsigned = (value: bigint): Value => ({ type: 'unsigned', value });
export const boolean = (value: boolean): Value => ({ type: 'boolean', value });
export const string = (value: string): Value => ({ type: 'string', value });

/** Stands in for ingress in tests of the store: puts batches into the stream by the contract, from plain points. */
export class TestIngress {
  private constructor(
    readonly bus: Bus,
    readonly installation: Installation,
    readonly partitions: number,
    private readonly encoder: RowEncoder,
  ) {}

  /** Waits until a store has prepared NATS. */
  static async connect(url: string): Promise<TestIngress> {
    const bus = await connectBus({ url, name: 'test', log: createLogger('test') });
    const control = await bucketOf(bus);
    const entry = await control.get(INSTALLATION_KEY);
    const points = await bus.stream(POINTS_STREAM);
    if (!entry?.value || !points) throw new Error('no store has prepared NATS');
    const installation = decodeInstallation(entry.value);
    const encoder = await RowEncoder.create({ seed: installation.seed });
    return new TestIngress(
      bus,
      installation,
      Number(points.metadata[PARTITIONS_METADATA]),
      encoder,
    );
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  seriesId(point: Point): bigint {
    return this.encoder.index.hashes(keyOf(point)).id;
  }

  /** Publishes points in order, a block a point, a batch for every partition. @returns sequences */
  async write(...points: readonly Point[]): Promise<number[]> {
    const blocks = new Map<number, Block[]>();
    for (const point of points) {
      const partition = partitionOfSeries(this.seriesId(point), this.partitions);
      blocks.set(partition, [...(blocks.get(partition) ?? []), this.block(point)]);
    }
    const sequences: number[] = [];
    for (const [partition, of] of blocks) sequences.push(await this.publish(of, partition));
    return sequences;
  }

  publish(blocks: readonly Block[], partition: number): Promise<number> {
    const batch: Batch = { installation: this.installation.id, blocks };
    return this.bus.publish(pointsSubject(partition), encodeBatch(batch));
  }

  /** A block of one row that announces its series. */
  block(point: Point): Block {
    return blockOf(point, this.seriesId(point));
  }
}

/** A block of one row that announces its series under this id. */
export function blockOf(point: Point, seriesId: bigint): Block {
  const row = { point, seriesId };
  return blockOfPoints([row], [row]);
}

/** The canonical key of a point's series. */
export function keyOf(point: Point): Uint8Array {
  return canonicalKey(keyPrefix(point.database, point.measurement), tagBytes(point));
}

async function bucketOf(bus: Bus): Promise<Bucket> {
  try {
    return await bus.bucket(CONTROL_BUCKET);
  } catch (cause) {
    throw new BusUnavailableError('no control bucket', { cause });
  }
}
