import type { DeadKind, Field } from '@overseer/shared';
import type { Table, TableNeed } from './catalogue.ts';
import type { Place } from './deletion/drop-list.ts';
import type { Incoming } from './incoming.ts';
import type { BlockToPark } from './parking/parked-rows.ts';
import type { Collision, DeadBlock } from './plan.ts';
import type { TableBuilder } from './table-builder.ts';

/** What is gathered for one plan. */
export class Draft {
  readonly dead: DeadBlock[] = [];
  readonly collisions: Collision[] = [];
  readonly parked: BlockToPark[] = [];
  readonly builders = new Map<string, TableBuilder>();
  readonly fieldsNew = new Map<string, Field[]>();
  /** Why PostgreSQL refused a table or a column. */
  readonly refused = new Map<string, string>();
  rowsDropped = 0;

  /**
   * @param newestDrop number of the newest drop that is taken into account
   * @param stream     which stream the blocks are of
   * @param isParked   whether blocks of the measurement are to be parked
   */
  constructor(
    readonly newestDrop: bigint,
    readonly stream: string,
    readonly isParked: (place: Place) => boolean,
  ) {}

  /** Why the block does not fit the table, if it does not. */
  conflictOf(
    { block }: Incoming,
    table: Table,
  ): { readonly kind: DeadKind; readonly error: string } | undefined {
    for (const { name, type } of block.fields) {
      const field = table.fields.get(name);
      if (!field) {
        return { kind: 'limit', error: this.refused.get(keyOf(block)) ?? `no column for ${name}` };
      }
      if (field.type !== type) {
        const error = `field ${name} of ${block.measurement} is ${field.type}, the block has ${type}`;
        return { kind: 'type', error };
      }
    }
    return undefined;
  }
}

/** A measurement as the key of a map. */
export const keyOf = ({ database, measurement }: Place) => `${database}\0${measurement}`;

export function placeOfKey(key: string): Place {
  const [database = '', measurement = ''] = key.split('\0');
  return { database, measurement };
}

/** What rows with these fields need; without `ns`, of whatever times. */
export function needOf(key: string, fields: readonly Field[], ns: boolean): TableNeed {
  return { ...placeOfKey(key), fields, ns };
}
