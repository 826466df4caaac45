import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchFormatError,
  BatchVersionError,
  type Block,
  decodeBatch,
  type Field,
} from '@overseer/shared';
import { viewOf } from '../block-rows.ts';
import type { Catalogue } from '../catalogue.ts';
import { type Place, UnknownDropError } from '../deletion/drop-list.ts';
import type { KnownDrops } from '../deletion/known-drops.ts';
import { keyOf } from '../draft.ts';
import type { Group, GroupStorage } from '../group-storage.ts';
import { GENTLE, type Patience, TableHeldError } from '../locks.ts';
import { type Database, isDataError } from '../postgres.ts';
import type { TableNeed } from '../tables.ts';
import { type ParkedBlock, readParked } from './parked-rows.ts';
import type { Parking } from './parking.ts';

/** How soon is tried again what somebody's lock held up; writers may have waited for the try. */
const RETRY_MS = 250;
const RETRY_PER_TRY = 4;
/**
 * Readers that follow each other so closely that there always is an old one would hold a table for ever. So the longer a change waits, the
 * older are those it tries to outwait, and the longer it makes others wait behind it.
 */
const HOLDER_AGE_PER_WAIT = 1 / 4;
const LOCK_WAIT_PER_WAIT = 1 / 10;
const LOCK_WAIT_MAX_MS = 2000;
/** More than the messages between two turns can park: so there is an end to it while points of the measurement come. */
const GROUPS_A_TURN = 2;
const NS_PER_US = 1000;
/** 2^32 modulo 1000. */
const HIGH_HALF_NS = 296;

export interface ParkedReleaseParts {
  /** The owner's. */
  readonly database: Database;
  readonly partition: number;
  readonly catalogue: Catalogue;
  readonly drops: KnownDrops;
  readonly parking: Parking;
  readonly storage: GroupStorage;
  readonly groupBytesMax: number;
  /** Runs something while no group is stored. */
  readonly inTurn: (action: () => Promise<void>) => Promise<void>;
}

/** A change of a table that parked blocks need. */
interface Change {
  readonly need: TableNeed;
  /** Number of the newest drop that was known when the blocks were read. */
  readonly newestDrop: bigint;
}

/** Stores what is parked in a partition as soon as its tables can be changed, between the groups of the stream. */
export class ParkedRelease {
  readonly #parts: ParkedReleaseParts;
  /** What measurements wait for: their tables have nothing yet that would let the first block be stored. */
  readonly #waiting = new Map<string, Change>();
  /** Since when the tables of measurements have not been had: milliseconds of this process. */
  readonly #heldSince = new Map<string, number>();

  constructor(parts: ParkedReleaseParts) {
    this.#parts = parts;
  }

  /** Goes on until the signal. Rejects for the same errors as storing a group. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now();
      for (const place of this.#parts.parking.places()) await this.#release(place, signal);
      const tookMs = performance.now() - startedAt;
      await wait(Math.max(RETRY_MS, RETRY_PER_TRY * tookMs), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }

  async #release(place: Place, signal: AbortSignal): Promise<void> {
    const { inTurn, parking, storage } = this.#parts;
    while (!signal.aborted) {
      const blocks = await this.#countReady(place);
      if (blocks === 0) return;
      try {
        await inTurn(async () => {
          for (let i = 0; i < GROUPS_A_TURN && parking.has(place); i++) {
            await storage.store(this.#groupOf(place, blocks));
          }
        });
      } catch (error) {
        if (!(error instanceof TableHeldError)) throw error;
        return;
      }
    }
  }

  /** The first blocks of a measurement. They are read when they are planned: a drop may have taken them. */
  #groupOf(place: Place, blocksMax: number): Group {
    const { database, partition, groupBytesMax } = this.#parts;
    return {
      size: blocksMax,
      plan: async (planner, position) =>
        planner.planParked(
          await readParked(database, partition, place, groupBytesMax, blocksMax),
          position,
        ),
      // The others come in the next turn.
      parts: blocksMax > 1 ? [this.#groupOf(place, 1)] : [],
    };
  }

  /** How many of the first blocks can be stored now; changes the table if that can be done. */
  async #countReady(place: Place): Promise<number> {
    const { database, partition, catalogue, drops, groupBytesMax, parking } = this.#parts;
    if (!parking.has(place)) return 0;
    const key = keyOf(place);
    // Before the blocks are read: of a measurement that was dropped since nothing must be made again.
    const newestDrop = drops.list.newest;
    const waiting = this.#waiting.get(key);
    if (waiting?.newestDrop === newestDrop && !(await this.#tryChange(waiting))) return 0;
    this.#waiting.delete(key);
    const blocks = await readParked(database, partition, place, groupBytesMax);
    if (blocks.length === 0) {
      await this.#free(place);
      return 0;
    }
    const needs = blocks.map(needOfBlock);
    const change: Change = { need: union(place, needs), newestDrop };
    if (await this.#tryChange(change)) return blocks.length;
    const ready = needs.findIndex((need) => need && !catalogue.has(need));
    if (ready === 0) this.#waiting.set(key, change);
    return ready < 0 ? blocks.length : ready;
  }

  /** @returns whether there is nothing to wait for; what PostgreSQL refuses is found out when blocks are planned */
  async #tryChange({ need, newestDrop }: Change): Promise<boolean> {
    try {
      const patience = this.#patienceWith(need);
      const held = await this.#parts.catalogue.ensure([need], newestDrop, patience);
      if (held.length > 0) return false;
    } catch (error) {
      if (!(error instanceof UnknownDropError || isDataError(error))) throw error;
    }
    this.#heldSince.delete(keyOf(need));
    return true;
  }

  #patienceWith(place: Place): Patience {
    const now = performance.now();
    const since = this.#heldSince.get(keyOf(place)) ?? now;
    this.#heldSince.set(keyOf(place), since);
    const waitedMs = now - since;
    return {
      forMs: 0,
      holderAgeMs: Math.max(GENTLE.holderAgeMs, waitedMs * HOLDER_AGE_PER_WAIT),
      lockWaitMs: Math.min(
        Math.max(GENTLE.lockWaitMs, waitedMs * LOCK_WAIT_PER_WAIT),
        LOCK_WAIT_MAX_MS,
      ),
    };
  }

  /** Nothing was parked after all, because the transaction failed that would have. */
  #free(place: Place): Promise<void> {
    const { database, partition, inTurn, parking } = this.#parts;
    return inTurn(async () => {
      if ((await readParked(database, partition, place, 0, 1)).length === 0) parking.free(place);
    });
  }
}

/** Undefined for a block that this release can't read. */
function needOfBlock({ payload }: ParkedBlock): TableNeed | undefined {
  try {
    const [block] = decodeBatch(payload).blocks;
    return block && { ...block, ns: hasFineTimes(block) };
  } catch (error) {
    if (error instanceof BatchFormatError || error instanceof BatchVersionError) return undefined;
    throw error;
  }
}

function union(place: Place, needs: readonly (TableNeed | undefined)[]): TableNeed {
  const { database, measurement } = place;
  const fields = new Map<string, Field>();
  // The first block that has a field fixes its type.
  for (const field of needs.flatMap((need) => need?.fields ?? [])) {
    if (!fields.has(field.name)) fields.set(field.name, field);
  }
  const ns = needs.some((need) => need?.ns);
  return { database, measurement, fields: [...fields.values()], ns };
}

/** Whether some time is finer than a microsecond. */
function hasFineTimes({ times, rows }: Block): boolean {
  const view = viewOf(times);
  for (let row = 0; row < rows; row++) {
    const ns = view.getInt32(row * 8 + 4, true) * HIGH_HALF_NS + view.getUint32(row * 8, true);
    if (ns % NS_PER_US !== 0) return true;
  }
  return false;
}
