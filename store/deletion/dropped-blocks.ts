import { type Bucket, canonicalKey, keyPrefix, type Logger } from '@overseer/shared';
import { MessageSizeError, type RowEncoder } from '@overseer/wasm';
import { AnnouncedKeys } from '../announced-series.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Incoming } from '../incoming.ts';
import type { SeriesRow } from '../plan.ts';
import { reserveFields } from '../schema-bucket.ts';
import type { Drop, Standing } from './drop-list.ts';
import type { KnownDrops } from './known-drops.ts';

export interface DroppedBlocksParts {
  readonly drops: KnownDrops;
  /** Which stream the blocks are of. */
  readonly stream: string;
  readonly schema: Bucket;
  readonly catalogue: Catalogue;
  readonly encoder: RowEncoder;
  readonly log: Logger;
}

/** What is left of the blocks of some messages, and what the others leave behind. */
export interface Sifted {
  readonly incoming: readonly Incoming[];
  readonly rowsDropped: number;
  readonly tombstones: readonly SeriesRow[];
}

/** Tells blocks that went with a drop from those behind it. */
export class DroppedBlocks {
  readonly #parts: DroppedBlocksParts;

  constructor(parts: DroppedBlocksParts) {
    this.#parts = parts;
  }

  /** Takes out the blocks that are not to be stored. The keys that they announce are kept: who announced them counts on it. */
  async sift(incoming: readonly Incoming[]): Promise<Sifted> {
    if (this.#parts.drops.list.isEmpty) return { incoming, rowsDropped: 0, tombstones: [] };
    const kept: Incoming[] = [];
    const tombstones: SeriesRow[] = [];
    let rowsDropped = 0;
    for (const part of incoming) {
      const standing = this.#standingOf(part);
      if (!standing || !(await this.#isVoid(part, standing))) {
        kept.push(part);
        continue;
      }
      rowsDropped += part.block.rows;
      tombstones.push(...this.#tombstonesOf(part, standing.drop));
    }
    return { incoming: kept, rowsDropped, tombstones };
  }

  /** Whether the block may have been made by an ingress that had not heard of a drop: then other types than the table's mean nothing. */
  isUnaware(incoming: Incoming): boolean {
    return this.#standingOf(incoming) !== undefined;
  }

  #standingOf({ block, sequence }: Incoming): Standing | undefined {
    const { drops, stream } = this.#parts;
    return drops.list.standingOf(block, stream, sequence);
  }

  /**
   * From before the drop, or made with types from before it. Who was dropped gets its types from whoever comes first, by the bucket: what
   * disagrees with that was written while the drop was under way, and fell on its other side.
   */
  async #isVoid({ block }: Incoming, { isBefore }: Standing): Promise<boolean> {
    const { catalogue, schema, log } = this.#parts;
    if (isBefore) return true;
    if (catalogue.has({ ...block, ns: false })) return false;
    const types = await reserveFields(schema, block, block.fields, log);
    return block.fields.some(({ name, type }) => types.get(name) !== type);
  }

  #tombstonesOf({ block }: Incoming, drop: Drop): SeriesRow[] {
    if (!block.announced) return [];
    let keys: AnnouncedKeys;
    try {
      keys = new AnnouncedKeys(block.announced);
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'a block from before a drop has a damaged series key');
      return [];
    }
    const prefix = keyPrefix(block.database, block.measurement);
    const tombstones: SeriesRow[] = [];
    for (let position = 0; position < keys.count; position++) {
      const id = keys.idOf(position);
      const check = this.#checkOf(id, canonicalKey(prefix, keys.tagBytesOf(position)));
      if (check === undefined) continue;
      const tags = keys.tagsJsonOf(position);
      tombstones.push({ id: BigInt.asIntN(64, id), check, tableId: -Number(drop.id), tags });
    }
    return tombstones;
  }

  /** Undefined when the id is not the hash of the key. */
  #checkOf(id: bigint, key: Uint8Array): bigint | undefined {
    try {
      const hashes = this.#parts.encoder.index.hashes(key);
      return hashes.id === id ? BigInt.asIntN(64, hashes.check) : undefined;
    } catch (error) {
      if (!(error instanceof MessageSizeError)) throw error;
      return undefined;
    }
  }
}
