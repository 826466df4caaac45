import type { DeadKind, LetterHistory, StoredTable } from '@overseer/shared';
import type { RowSelection } from '@overseer/wasm';
import type { Table } from './catalogue.ts';
import type { Incoming } from './incoming.ts';
import type { BlockToPark, ParkedBlock } from './parking/parked-rows.ts';

/** What one transaction is to do; made by the planner, carried out by `commitPlan`. */
export interface Plan {
  /** Which stream its blocks are of. */
  readonly stream: string;
  /** Position in the stream before and after; the same when only parked blocks are stored. */
  readonly from: number;
  readonly to: number;
  readonly messages: number;
  readonly bytes: number;
  readonly tables: readonly TablePlan[];
  readonly dead: readonly DeadBlock[];
  readonly collisions: readonly Collision[];
  /** Blocks whose table lacks a column that it can't be given now, in order. */
  readonly parked: readonly BlockToPark[];
  /** Blocks that were parked, and whose rows are in this plan. */
  readonly unparked: readonly ParkedBlock[];
  /** Series that only blocks from before a drop announced; each belongs to minus the drop's number. */
  readonly tombstones: readonly SeriesRow[];
  /** Rows that were left out because they are from before a drop. */
  readonly rowsDropped: number;
  /** Rows left out because they are older than what is kept. */
  readonly expired: number;
}

/** A plan that was carried out. */
export interface CommittedPlan extends Plan {
  /** Number of the transaction, counted for the partition. */
  readonly commit: number;
}

/** Bounds of some rows' times, nanoseconds since 1970, both included. */
export interface Times {
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** Some rows of one block that is loaded in the encoder. */
export interface BlockRows {
  readonly incoming: Incoming;
  readonly rows: RowSelection;
  readonly count: number;
}

export interface TablePlan {
  readonly table: Table;
  /** Newer than everything of their series. */
  readonly plain: readonly BlockRows[];
  /** The others, in order of arrival. */
  readonly late: readonly BlockRows[];
  /** Bounds of the late rows' times, of each time partition apart. */
  readonly lateTimes: readonly Times[];
  readonly event: StoredTable;
}

/** A block, or a message that is no batch, that can't be stored. */
export interface DeadBlock {
  readonly kind: DeadKind;
  readonly error: string;
  /** How many it has; 0 where that can't be read. */
  readonly rows: number;
  readonly payload: Uint8Array;
  readonly sequence: number;
  /** Position in its batch. */
  readonly block: number;
  /** Tells letters of one block and kind apart: some rows of it, or all (empty). */
  readonly part: string;
  /** Of a block that was a dead letter before. */
  readonly history?: LetterHistory | undefined;
}

/** A series to be registered. */
export interface SeriesRow {
  readonly id: bigint;
  readonly check: bigint;
  readonly tableId: number;
  /** JSON object. */
  readonly tags: string;
}

/** A key whose id belongs to another key. */
export interface Collision extends SeriesRow {
  /** Check of the key that has the id. */
  readonly ownerCheck: bigint;
}
