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
import { UnknownDropError } from './deletion/drop-list.ts';
import { DroppedBlocks, type DroppedBlocksParts } from './deletion/dropped-blocks.ts';
import { readNewestNs, readTombstones } from './deletion/tombstones.ts';
import { bury, buryRows, type Incoming, readMessages, takeRows } from './incoming.ts';
import { NewSeries } from './new-series.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import type { Collision, DeadBlock, Plan } from './plan.ts';
import { type Database, isDataError } from './postgres.ts';
import { TableBuilder } from './table-builder.ts';

export interface PlannerParts extends DroppedBlocksParts {
  readonly installation: string;
  readonly database: Database;
  readonly encoder: RowEncoder;
  readonly catalogue: Catalogue;
  readonly partitions: TimePartitions;
}

/** What is gathered for one plan. */
class Draft {
  readonly dead: DeadBlock[] = [];
  readonly collisions: Collision[] = [];
  readonly builders = new Map<string, TableBuilder>();
  readonly fieldsNew = new Map<string, Field[]>();
  /** Why PostgreSQL refused a table or a column. */
  readonly refused = new Map<string, string>();
  rowsDropped = 0;

  /** @param newestDrop number of the newest drop that is taken into account */
  constructor(readonly newestDrop: bigint) {}
}

const keyOf = (place: { database: string; measurement: string }) =>
  `${place.database}\0${place.measurement}`;

/**
 * Turns messages of one partition into a plan: decodes them, makes tables, columns and partitions that are missing, registers
 * series, and tells rows that are new from those that must be merged.
 */
export class Planner {
  /** Series in the index that no committed transaction has registered yet; the owner empties it after a commit. */
  readonly unregistered = new NewSeries();
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
    const { encoder, installation } = this.#parts;
    encoder.releaseMessages();
    const draft = new Draft(this.#parts.drops.list.newest);
    const read = readMessages(messages, installation, encoder, draft.dead);
    const { incoming, tombstones, rowsDropped } = await this.#dropped.sift(read);
    await this.#ensureTables(incoming, draft);
    for (const part of incoming) await this.#add(part, draft);
    await this.#ensureRoom(draft);
    return {
      from,
      to: messages.at(-1)?.sequence ?? from,
      messages: messages.length,
      bytes: messages.reduce((sum, message) => sum + message.payload.length, 0),
      tables: [...draft.builders].map(([key, builder]) =>
        builder.finish(this.#table(key), this.#parts.partitions),
      ),
      dead: draft.dead,
      collisions: draft.collisions,
      tombstones,
      rowsDropped: rowsDropped + draft.rowsDropped,
      expired: [...draft.builders.values()].reduce((sum, { expired }) => sum + expired, 0),
    };
  }

  #table(key: string): Table {
    const [database = '', measurement = ''] = key.split('\0');
    const table = this.#parts.catalogue.find(database, measurement);
    if (!table) throw new UnknownDropError(`${database}.${measurement} was dropped meanwhile`);
    return table;
  }

  /** Tables and columns come first: series name their table by its number. */
  async #ensureTables(incoming: readonly Incoming[], draft: Draft): Promise<void> {
    const { catalogue } = this.#parts;
    const missing = new Map<string, Map<string, Field>>();
    for (const { block } of incoming) {
      if (catalogue.has({ ...block, ns: false })) continue;
      const known = catalogue.find(block.database, block.measurement)?.fields;
      const fields = missing.get(keyOf(block)) ?? new Map<string, Field>();
      for (const field of block.fields) {
        if (!known?.has(field.name) && !fields.has(field.name)) fields.set(field.name, field);
      }
      missing.set(keyOf(block), fields);
    }
    const needs = [...missing].map(([key, fields]) => needOf(key, [...fields.values()], false));
    await this.#ensureEach(needs, draft);
    for (const [key, fields] of missing) draft.fieldsNew.set(key, [...fields.values()]);
  }

  /** All at once; when PostgreSQL refuses something, each alone to find out what. */
  async #ensureEach(needs: readonly TableNeed[], draft: Draft): Promise<void> {
    const { catalogue } = this.#parts;
    if (needs.length === 0) return;
    try {
      await catalogue.ensure(needs, draft.newestDrop);
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (needs.length > 1) {
        for (const need of needs) await this.#ensureEach([need], draft);
      } else {
        for (const need of needs) draft.refused.set(keyOf(need), String(error));
      }
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
    const conflict = conflictOf(incoming, table, draft);
    for (const part of parts) {
      if (!conflict) await this.#classify(part, table, builder, draft);
      else if (conflict.kind === 'type' && this.#dropped.isUnaware(part)) {
        draft.rowsDropped += part.block.rows;
      } else draft.dead.push(bury(part, conflict.kind, conflict.error));
    }
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
    return this.#parkRows(incoming, collided, forged, draft);
  }

  #parkRows(
    incoming: Incoming,
    collided: ReadonlySet<bigint>,
    forged: ReadonlySet<bigint>,
    draft: Draft,
  ): readonly Incoming[] {
    const { encoder } = this.#parts;
    const { block } = incoming;
    const parked: number[] = [];
    const park = (ids: ReadonlySet<bigint>, kind: DeadKind, error: string, part: string) => {
      const rows = rowsOfSeries(block, ids);
      if (rows.length === 0) return;
      parked.push(...rows);
      draft.dead.push(buryRows(incoming, rows, kind, error, part));
    };
    park(collided, 'collision', 'the series id belongs to another series', 'collided');
    park(forged, 'series', 'the series id is not the hash of the announced key', 'forged');
    const rest = otherRows(parked, block.rows);
    return rest.length === 0 ? [] : [takeRows(incoming, rest, encoder)];
  }

  /** The column for nanoseconds and the partitions of the rows; a table that can't have them is left out. */
  async #ensureRoom(draft: Draft): Promise<void> {
    const { catalogue, partitions } = this.#parts;
    for (const [key, builder] of draft.builders) {
      try {
        if (builder.finerThanMicroseconds) {
          await catalogue.ensure([needOf(key, [], true)], draft.newestDrop);
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
  }
}

function needOf(key: string, fields: readonly Field[], ns: boolean): TableNeed {
  const [database = '', measurement = ''] = key.split('\0');
  return { database, measurement, fields, ns };
}

/** Why the block does not fit the table, if it does not. */
function conflictOf(
  { block }: Incoming,
  table: Table,
  draft: Draft,
): { kind: DeadKind; error: string } | undefined {
  for (const { name, type } of block.fields) {
    const field = table.fields.get(name);
    if (!field) {
      return { kind: 'limit', error: draft.refused.get(keyOf(block)) ?? `no column for ${name}` };
    }
    if (field.type !== type) {
      const error = `field ${name} of ${block.measurement} is ${field.type}, the block has ${type}`;
      return { kind: 'type', error };
    }
  }
  return undefined;
}
