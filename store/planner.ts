import {
  type Announcements,
  type DeadKind,
  decodeTags,
  type Field,
  keyPrefix,
  type StreamMessage,
  type Tag,
} from '@overseer/shared';
import {
  type AnnouncedSeries,
  MessageSizeError,
  type RowEncoder,
  SeriesLimitError,
} from '@overseer/wasm';
import { otherRows, rowsOfSeries, viewOf } from './block-rows.ts';
import type { Catalogue, Table, TableNeed } from './catalogue.ts';
import { bury, buryRows, type Incoming, readMessages, takeRows } from './incoming.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import type { Collision, DeadBlock, Plan, SeriesRow } from './plan.ts';
import { isDataError } from './postgres.ts';
import { TableBuilder } from './table-builder.ts';

export interface PlannerParts {
  readonly installation: string;
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
}

const keyOf = (place: { database: string; measurement: string }) =>
  `${place.database}\0${place.measurement}`;

/**
 * Turns messages of one partition into a plan: decodes them, makes tables, columns and partitions that are missing, registers
 * series, and tells rows that are new from those that must be merged.
 */
export class Planner {
  /** Series in the index that no committed transaction has registered yet; the owner empties it after a commit. */
  readonly unregistered: SeriesRow[] = [];
  readonly #parts: PlannerParts;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /**
   * @param messages together no larger than the encoder's room for messages
   * @param from     position before the first of them
   * @throws what PostgreSQL throws in an outage; an error that blames a block makes it a dead block of the plan
   */
  async plan(messages: readonly StreamMessage[], from: number): Promise<Plan> {
    const { encoder, installation } = this.#parts;
    encoder.releaseMessages();
    const draft = new Draft();
    const incoming = readMessages(messages, installation, encoder, draft.dead);
    await this.#ensureTables(incoming, draft);
    for (const part of incoming) this.#add(part, draft);
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
      expired: [...draft.builders.values()].reduce((sum, { expired }) => sum + expired, 0),
    };
  }

  #table(key: string): Table {
    const [database = '', measurement = ''] = key.split('\0');
    const table = this.#parts.catalogue.find(database, measurement);
    if (!table) throw new Error(`${database}.${measurement} vanished from the catalogue`);
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
      await catalogue.ensure(needs);
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (needs.length > 1) {
        for (const need of needs) await this.#ensureEach([need], draft);
      } else {
        for (const need of needs) draft.refused.set(keyOf(need), String(error));
      }
    }
  }

  #add(incoming: Incoming, draft: Draft): void {
    const { catalogue, encoder, partitions } = this.#parts;
    const { block } = incoming;
    const table = catalogue.find(block.database, block.measurement);
    if (!table) {
      const reason = draft.refused.get(keyOf(block)) ?? 'no table';
      draft.dead.push(bury(incoming, 'limit', reason));
      return;
    }
    const builder = this.#builder(table, draft);
    const parts = this.#register(incoming, table, builder, draft);
    const conflict = conflictOf(incoming, table, draft);
    for (const part of parts) {
      if (conflict) {
        draft.dead.push(bury(part, conflict.kind, conflict.error));
        continue;
      }
      const classification = encoder.classify(part.message, part.block);
      if (classification.unknown.length > 0) {
        const error = 'the key of the series was never announced';
        draft.dead.push(buryRows(part, [...classification.unknown], 'series', error, 'unknown'));
      }
      builder.add(part, classification, partitions);
    }
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
    let tags: Tag[][];
    let outcome: AnnouncedSeries;
    try {
      tags = decodeAnnounced(announced);
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
    const ids = viewOf(announced.ids);
    const idAt = (position: number) => ids.getBigUint64(position * 8, true);
    const rowOf = (position: number, check: bigint): SeriesRow => ({
      id: BigInt.asIntN(64, idAt(position)),
      check: BigInt.asIntN(64, check),
      tableId: table.id,
      tags: tagsJson(tags[position] ?? [], builder.tagKeysNew),
    });
    outcome.added.forEach((position, i) => {
      this.unregistered.push(rowOf(position, outcome.addedChecks[i] ?? 0n));
    });
    builder.seriesNew += outcome.added.length;
    if (outcome.collisions.length + outcome.forged.length === 0) return [incoming];
    outcome.collisions.forEach((position, i) => {
      const ownerCheck = encoder.index.get(idAt(position))?.check ?? 0n;
      draft.collisions.push({ ...rowOf(position, outcome.collisionChecks[i] ?? 0n), ownerCheck });
    });
    const collided = new Set([...outcome.collisions].map(idAt));
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
        if (builder.finerThanMicroseconds) await catalogue.ensure([needOf(key, [], true)]);
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

/** Tags of every announced series, by position. @throws Error when one is damaged */
function decodeAnnounced(announced: Announcements): Tag[][] {
  const ends = viewOf(announced.ends);
  let start = 0;
  return Array.from({ length: announced.ids.length / 8 }, (_, position) => {
    const end = ends.getUint32(position * 4, true);
    const tags = decodeTags(announced.keys.subarray(start, end));
    start = end;
    return tags;
  });
}

/** Tags as a JSON object; their keys are added to `keys`. */
function tagsJson(tags: readonly Tag[], keys: Set<string>): string {
  for (const tag of tags) keys.add(tag.key);
  return JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.key, tag.value])));
}
