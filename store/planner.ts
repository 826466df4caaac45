import { type DeadKind, type Field, keyPrefix, type StreamMessage } from '@overseer/shared';
import {
  type AnnouncedSeries,
  MessageSizeError,
  NO_ROWS_NS,
  type RowEncoder,
  SeriesLimitError,
} from '@overseer/wasm';
import { AnnouncedKeys } from './announced-series.ts';
import { otherRows, rowsOfSeries, viewOf } from './block-rows.ts';
import type { Catalogue, Table, TableNeed } from './catalogue.ts';
import { type Place, UnknownDropError } from './deletion/drop-list.ts';
import { DroppedBlocks, type DroppedBlocksParts } from './deletion/dropped-blocks.ts';
import { readNewestNs, readTombstones } from './deletion/tombstones.ts';
import { Draft, keyOf, needOf, placeOfKey } from './draft.ts';
import {
  blockToPark,
  bury,
  buryRows,
  type Incoming,
  readMessages,
  readParkedBlocks,
  takeRows,
} from './incoming.ts';
import { GENTLE, type Patience, TableHeldError } from './locks.ts';
import { NewSeries } from './new-series.ts';
import type { ParkedBlock } from './parking/parked-rows.ts';
import type { Parking } from './parking/parking.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import type { Plan } from './plan.ts';
import { type Database, isDataError } from './postgres.ts';
import { TableBuilder } from './table-builder.ts';

export interface PlannerParts extends DroppedBlocksParts {
  readonly installation: string;
  readonly database: Database;
  readonly encoder: RowEncoder;
  readonly catalogue: Catalogue;
  readonly partitions: TimePartitions;
  readonly parking: Parking;
}

/**
 * How long a group waits for a table that must get a column, before the measurement is parked. Whoever has read the table for a second is
 * not waited for at all.
 */
const TABLE_PATIENCE: Patience = { ...GENTLE, forMs: 2000 };

/**
 * Turns messages of one partition into a plan: decodes them, makes tables, columns and partitions that are missing, registers
 * series, and tells rows that are new from those that must be merged.
 */
export class Planner {
  /** Series in the index that no committed transaction has registered yet; the owner empties it after a commit. */
  readonly unregistered = new NewSeries();
  /** How often rows were told apart for a plan, also for one that came to nothing. */
  drafts = 0;
  readonly #parts: PlannerParts;
  readonly #dropped: DroppedBlocks;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    this.#dropped = new DroppedBlocks(parts);
  }

  /** These tables are no more, and the index has forgotten their series. */
  forget(tableIds: ReadonlySet<number>): void {
    this.unregistered.forget(tableIds);
  }

  /**
   * @param messages together no larger than the encoder's room for messages
   * @param from     position before the first of them
   * @throws UnknownDropError when the tables are not those that it counts on; what PostgreSQL throws in an outage: an error that blames
   *   a block makes it a dead block of the plan
   */
  async plan(messages: readonly StreamMessage[], from: number): Promise<Plan> {
    const { encoder, installation, drops, parking, stream } = this.#parts;
    for (;;) {
      const draft = new Draft(drops.list.newest, stream, (place) => parking.has(place));
      this.drafts++;
      encoder.releaseMessages();
      encoder.beginSeriesCount();
      const read = readMessages(messages, installation, encoder, draft.dead);
      const { incoming, tombstones, rowsDropped } = await this.#dropped.sift(read);
      for (const place of await this.#ensureTables(incoming, draft)) parking.hold(place);
      for (const part of incoming) await this.#add(part, draft);
      const held = await this.#ensureRoom(draft);
      for (const place of held) parking.hold(place);
      // Again: of those, blocks are among the rows already.
      if (held.length > 0) continue;
      return {
        ...this.#planOf(draft),
        from,
        to: messages.at(-1)?.sequence ?? from,
        messages: messages.length,
        bytes: messages.reduce((sum, message) => sum + message.payload.length, 0),
        tombstones,
        rowsDropped: rowsDropped + draft.rowsDropped,
        unparked: [],
      };
    }
  }

  /**
   * Plans blocks that were parked as if they came now: they are behind every drop, because a drop takes what is parked with it.
   * @param blocks of one stream
   * @throws TableHeldError when a table still can't be changed
   */
  async planParked(blocks: readonly ParkedBlock[], position: number): Promise<Plan> {
    const { encoder, drops, stream } = this.#parts;
    const draft = new Draft(drops.list.newest, blocks[0]?.stream ?? stream, () => false);
    this.drafts++;
    encoder.releaseMessages();
    encoder.beginSeriesCount();
    const incoming = readParkedBlocks(blocks, encoder, draft.dead);
    assertHad(await this.#ensureTables(incoming, draft));
    for (const part of incoming) await this.#add(part, draft);
    assertHad(await this.#ensureRoom(draft));
    return {
      ...this.#planOf(draft),
      from: position,
      to: position,
      messages: 0,
      bytes: 0,
      tombstones: [],
      rowsDropped: draft.rowsDropped,
      unparked: blocks,
    };
  }

  #planOf({ builders, dead, collisions, parked, stream }: Draft) {
    return {
      stream,
      tables: [...builders].map(([key, builder]) =>
        builder.finish(this.#table(key), this.#parts.partitions),
      ),
      dead,
      collisions,
      parked,
      expired: [...builders.values()].reduce((sum, { expired }) => sum + expired, 0),
    };
  }

  #table(key: string): Table {
    const { database, measurement } = placeOfKey(key);
    const table = this.#parts.catalogue.find(database, measurement);
    if (!table) throw new UnknownDropError(`${database}.${measurement} was dropped meanwhile`);
    return table;
  }

  /** Tables and columns come first: series name their table by its number. @returns tables that can't have theirs now */
  async #ensureTables(incoming: readonly Incoming[], draft: Draft): Promise<readonly Place[]> {
    const { catalogue } = this.#parts;
    const missing = new Map<string, Map<string, Field>>();
    for (const { block } of incoming) {
      if (draft.isParked(block) || catalogue.has({ ...block, ns: false })) continue;
      const known = catalogue.find(block.database, block.measurement)?.fields;
      const fields = missing.get(keyOf(block)) ?? new Map<string, Field>();
      for (const field of block.fields) {
        if (!known?.has(field.name) && !fields.has(field.name)) fields.set(field.name, field);
      }
      missing.set(keyOf(block), fields);
    }
    const needs = [...missing].map(([key, fields]) => needOf(key, [...fields.values()], false));
    const held = await this.#ensureEach(needs, draft);
    for (const [key, fields] of missing) draft.fieldsNew.set(key, [...fields.values()]);
    return held;
  }

  /** All at once; when PostgreSQL refuses something, each alone to find out what. @returns those that others hold */
  async #ensureEach(needs: readonly TableNeed[], draft: Draft): Promise<readonly TableNeed[]> {
    const { catalogue } = this.#parts;
    if (needs.length === 0) return [];
    try {
      return await catalogue.ensure(needs, draft.newestDrop, TABLE_PATIENCE);
    } catch (error) {
      if (!isDataError(error)) throw error;
      const held: TableNeed[] = [];
      if (needs.length > 1) {
        for (const need of needs) held.push(...(await this.#ensureEach([need], draft)));
      } else {
        for (const need of needs) draft.refused.set(keyOf(need), String(error));
      }
      return held;
    }
  }

  async #add(incoming: Incoming, draft: Draft): Promise<void> {
    const { catalogue } = this.#parts;
    const { block } = incoming;
    const table = catalogue.find(block.database, block.measurement);
    if (!table) {
      const reason = draft.refused.get(keyOf(block));
      if (reason === undefined) throw new UnknownDropError(`${block.measurement} was dropped`);
      draft.dead.push(bury(incoming, 'limit', reason));
      return;
    }
    const builder = this.#builder(table, draft);
    const parts = this.#register(incoming, table, builder, draft);
    if (draft.isParked(block)) {
      draft.parked.push(...parts.map(blockToPark));
      return;
    }
    const conflict = draft.conflictOf(incoming, table);
    for (const part of parts) {
      if (!conflict) await this.#classify(part, table, builder, draft);
      else if (conflict.kind === 'type' && this.#isUnaware(part, draft)) {
        draft.rowsDropped += part.block.rows;
      } else draft.dead.push(bury(part, conflict.kind, conflict.error));
    }
  }

  #isUnaware(part: Incoming, { stream }: Draft): boolean {
    return stream === this.#parts.stream && this.#dropped.isUnaware(part);
  }

  /** Adds the rows to the table's plan. Rows of series that nobody has announced are buried. */
  async #classify(
    part: Incoming,
    table: Table,
    builder: TableBuilder,
    draft: Draft,
  ): Promise<void> {
    const { encoder, partitions } = this.#parts;
    const classification = encoder.classify(part.message, part.block);
    builder.add(part, classification, partitions);
    const unknown = [...classification.unknown];
    if (unknown.length === 0) return;
    const ids = viewOf(part.block.series);
    const idAt = (row: number) => ids.getBigUint64(row * 8, true);
    const revived = await this.#revive(table, new Set(unknown.map(idAt)), builder);
    const known = unknown.filter((row) => revived.has(idAt(row)));
    if (known.length > 0) {
      const rows = takeRows(part, known, encoder);
      builder.add(rows, encoder.classify(rows.message, rows.block), partitions);
    }
    const lost = unknown.filter((row) => !revived.has(idAt(row)));
    if (lost.length === 0) return;
    const error = 'the key of the series was never announced';
    draft.dead.push(buryRows(part, lost, 'series', error, 'unknown'));
  }

  /**
   * Takes up series that were announced before their measurement was dropped, or before they were deleted: an ingress that has not heard
   * of it counts on their being known. @returns those that there were
   */
  async #revive(
    table: Table,
    ids: ReadonlySet<bigint>,
    builder: TableBuilder,
  ): Promise<ReadonlySet<bigint>> {
    const { database, encoder } = this.#parts;
    const tombstones = await readTombstones(database, ids);
    if (tombstones.length === 0) return new Set();
    const newestNs = (await readNewestNs(database, table.id)) ?? NO_ROWS_NS;
    for (const { id, check, tags } of tombstones) {
      encoder.index.add(id, { check, newestNs, table: table.id });
      const signed = { id: BigInt.asIntN(64, id), check: BigInt.asIntN(64, check) };
      this.unregistered.add({ ...signed, tableId: table.id, tags });
      for (const key of Object.keys(JSON.parse(tags))) builder.tagKeysNew.add(key);
    }
    builder.seriesNew += tombstones.length;
    return new Set(tombstones.map(({ id }) => id));
  }

  #builder(table: Table, draft: Draft): TableBuilder {
    const key = keyOf(table);
    const builder =
      draft.builders.get(key) ??
      new TableBuilder(
        table.id,
        draft.fieldsNew.get(key) ?? [],
        this.#parts.partitions.keptFromS(table),
      );
    draft.builders.set(key, builder);
    return builder;
  }

  /** Takes up announced series. Rows of keys that can't have their id are buried; gives what is left of the block. */
  #register(
    incoming: Incoming,
    table: Table,
    builder: TableBuilder,
    draft: Draft,
  ): readonly Incoming[] {
    const { announced } = incoming.block;
    if (!announced) return [incoming];
    const { encoder } = this.#parts;
    const prefix = keyPrefix(table.database, table.measurement);
    let keys: AnnouncedKeys;
    let outcome: AnnouncedSeries;
    try {
      keys = new AnnouncedKeys(announced);
    } catch (error) {
      draft.dead.push(bury(incoming, 'series', `a damaged series key: ${String(error)}`));
      return [];
    }
    try {
      outcome = encoder.index.announce(incoming.message, announced, prefix, table.id);
    } catch (error) {
      if (!(error instanceof SeriesLimitError || error instanceof MessageSizeError)) throw error;
      draft.dead.push(bury(incoming, 'limit', error.message));
      return [];
    }
    const { added, addedChecks, collisions, collisionChecks } = outcome;
    const idAt = (position: number) => keys.idOf(position);
    const floorNs = this.#parts.drops.floorOf(table.id);
    if (floorNs !== undefined) {
      for (const position of added) encoder.index.raiseNewest(idAt(position), floorNs);
    }
    this.unregistered.addAnnounced(keys, added, addedChecks, table.id, builder.tagKeysNew);
    builder.seriesNew += added.length;
    if (collisions.length + outcome.forged.length === 0) return [incoming];
    collisions.forEach((position, i) => {
      const id = idAt(position);
      draft.collisions.push({
        id: BigInt.asIntN(64, id),
        check: BigInt.asIntN(64, collisionChecks[i] ?? 0n),
        tableId: table.id,
        tags: keys.tagsJsonOf(position),
        ownerCheck: encoder.index.get(id)?.check ?? 0n,
      });
    });
    const collided = new Set([...collisions].map(idAt));
    const forged = new Set([...outcome.forged].map(idAt));
    return this.#buryStrangers(incoming, collided, forged, draft);
  }

  /** Rows of series that can't have their ids. @returns the others */
  #buryStrangers(
    incoming: Incoming,
    collided: ReadonlySet<bigint>,
    forged: ReadonlySet<bigint>,
    draft: Draft,
  ): readonly Incoming[] {
    const { encoder } = this.#parts;
    const { block } = incoming;
    const buried: number[] = [];
    const buryThem = (ids: ReadonlySet<bigint>, kind: DeadKind, error: string, part: string) => {
      const rows = rowsOfSeries(block, ids);
      if (rows.length === 0) return;
      buried.push(...rows);
      draft.dead.push(buryRows(incoming, rows, kind, error, part));
    };
    buryThem(collided, 'collision', 'the series id belongs to another series', 'collided');
    buryThem(forged, 'series', 'the series id is not the hash of the announced key', 'forged');
    const rest = otherRows(buried, block.rows);
    return rest.length === 0 ? [] : [takeRows(incoming, rest, encoder)];
  }

  /**
   * The column for nanoseconds and the partitions of the rows; a table that can't have them is left out.
   * @returns tables that can't have theirs now
   */
  async #ensureRoom(draft: Draft): Promise<readonly Place[]> {
    const { catalogue, partitions } = this.#parts;
    const held: Place[] = [];
    for (const [key, builder] of draft.builders) {
      try {
        if (builder.finerThanMicroseconds) {
          const need = needOf(key, [], true);
          held.push(...(await catalogue.ensure([need], draft.newestDrop, TABLE_PATIENCE)));
        }
        if (builder.missingS.length > 0) {
          await partitions.ensure(this.#table(key), builder.missingS, builder.inHand);
        }
      } catch (error) {
        if (!isDataError(error)) throw error;
        draft.builders.delete(key);
        for (const incoming of builder.incoming()) {
          draft.dead.push(bury(incoming, 'limit', String(error)));
        }
      }
    }
    return held;
  }
}

/** @throws TableHeldError */
function assertHad(held: readonly Place[]): void {
  const [place] = held;
  if (place) throw new TableHeldError(`${place.database}.${place.measurement} is held by others`);
}
