import type { Logger } from '@overseer/shared';
import { readNewestDrop, UnknownDropError } from './deletion/drop-list.ts';
import { GENTLE, isLocked, type Patience, retryLocked, tryLocked, untilUnlocked } from './locks.ts';
import type { Database, Transaction } from './postgres.ts';
import { createTables, ensureDatabase, extendTable } from './table-changes.ts';
import { readDatabases, readTables, type Table, type TableNeed } from './tables.ts';

export type { Table, TableField, TableNeed } from './tables.ts';
export { columnName, readDatabases, readTables } from './tables.ts';

/** A database that the schema bucket has a key for. */
export interface DeclaredDatabase {
  readonly name: string;
  /** Of its key. */
  readonly revision: number;
}

/** Tables of one transaction: each takes some ten locks, and PostgreSQL has room for some thousand. */
const TABLES_PER_CHANGE_MAX = 100;
/** How long a change of many tables waits for one of them, before each is changed by itself. */
const LOCK_WAIT_TOGETHER_MS = 50;

/** The advisory lock under which one process at a time changes tables. */
export const SCHEMA_LOCK = 0x4f56_5346;

/** Databases, measurements and fields: PostgreSQL has the record, this the copy in memory, and the only way to add to both. */
export class Catalogue {
  readonly #database: Database;
  readonly #log: Logger;
  #tables = new Map<string, Table>();
  /** The last change under way; changes of one process wait for each other here instead of on the lock. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Reads everything; again whenever another store may have changed tables. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const tables = await readTables(this.#database);
      this.#tables = new Map(tables.map((table) => [keyOf(table), table]));
    });
  }

  get size(): number {
    return this.#tables.size;
  }

  tables(): Iterable<Table> {
    return this.#tables.values();
  }

  find(database: string, measurement: string): Table | undefined {
    return this.#tables.get(tableKey(database, measurement));
  }

  /** Whether the table has all of it already; a field of another type counts as had: the caller compares types. */
  has(need: TableNeed): boolean {
    const table = this.find(need.database, need.measurement);
    return (
      table !== undefined &&
      (table.hasNs || !need.ns) &&
      need.fields.every((field) => table.fields.has(field.name))
    );
  }

  /**
   * Makes what is missing: schemas, tables, columns, views; waits until it is there. Tables that others hold keep nobody else waiting: each
   * is tried by itself then, and between tries whatever else is wanted is made.
   * @param newestDrop number of the newest drop that the needs take into account; undefined: none can concern them
   * @param patience with those who hold tables that are there
   * @returns those that could not be changed
   * @throws UnknownDropError when something was dropped since: what is missing was not made
   */
  async ensure(
    needs: readonly TableNeed[],
    newestDrop?: bigint,
    patience = GENTLE,
  ): Promise<readonly TableNeed[]> {
    const missing = merged(needs).filter((need) => !this.has(need));
    const unknown = missing.filter((need) => !this.find(need.database, need.measurement));
    await eachChunk(unknown, (chunk) =>
      this.#change(
        newestDrop,
        (transaction) => createTables(transaction, chunk, this.#log),
        GENTLE,
      ),
    );
    // Also those that were there, after all, because another store has made them.
    const lacking = missing.filter((need) => !this.has(need));
    const held: TableNeed[] = [];
    await eachChunk(lacking, async (chunk) => {
      const extend = (some: readonly TableNeed[], until: Patience | undefined) =>
        this.#change(newestDrop, (transaction) => this.#extend(transaction, some, patience), until);
      const extendAlone = async (need: TableNeed) => {
        try {
          await extend([need], patience);
        } catch (error) {
          if (!isLocked(error)) throw error;
          held.push(need);
        }
      };
      try {
        await extend(chunk, undefined);
      } catch (error) {
        if (!isLocked(error)) throw error;
        await Promise.all(chunk.map(extendAlone));
      }
    });
    return held;
  }

  /** Makes databases without measurements, those that are missing; none that was declared before it was dropped. */
  ensureDatabases(declared: readonly DeclaredDatabase[]): Promise<void> {
    return this.#inTurn(async () => {
      const existing = new Set(await readDatabases(this.#database));
      const missing = declared.filter(({ name }) => !existing.has(name));
      if (missing.length === 0) return;
      await retryLocked(this.#database, this.#log, async (transaction) => {
        await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
        for (const { name, revision } of missing) {
          const [dropped] = await transaction`
            SELECT FROM overseer.dropped
            WHERE database = ${name} AND measurement IS NULL AND schema_upto >= ${revision}`;
          if (!dropped) await ensureDatabase(transaction, name, this.#log);
        }
        await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
      });
    });
  }

  /** One after another: what was read last is what is remembered. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(action);
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  /** Each as it is now: another store may have changed it, and the lock on the schema is this one's. */
  async #extend(
    transaction: Transaction,
    needs: readonly TableNeed[],
    patience: Patience,
  ): Promise<Table[]> {
    const byKey = new Map(needs.map((need) => [keyOf(need), need]));
    const extended: Table[] = [];
    for (const table of await createTables(transaction, needs, this.#log)) {
      const need = byKey.get(keyOf(table));
      if (need) extended.push(await extendTable(transaction, table, need, patience, this.#log));
    }
    return extended;
  }

  /**
   * Changes tables under the lock, and remembers them.
   * @param patience undefined: it is tried once, with others that must not wait for it
   * @throws an error that `isLocked` knows when that was in vain
   */
  async #change(
    newestDrop: bigint | undefined,
    action: (transaction: Transaction) => Promise<readonly Table[]>,
    patience: Patience | undefined,
  ): Promise<void> {
    const underLock = async (transaction: Transaction) => {
      await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
      if (newestDrop !== undefined && (await readNewestDrop(transaction)) > newestDrop) {
        throw new UnknownDropError('something was dropped before these tables could be made');
      }
      const changed = await action(transaction);
      await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
      return changed;
    };
    const change = (waitMs: number) =>
      this.#inTurn(async () => {
        const tables = await tryLocked(this.#database, waitMs, underLock);
        for (const table of tables) this.#tables.set(keyOf(table), table);
      });
    await (patience ? untilUnlocked(this.#log, change, patience) : change(LOCK_WAIT_TOGETHER_MS));
  }
}

const tableKey = (database: string, measurement: string) => `${database}\0${measurement}`;
const keyOf = ({ database, measurement }: Pick<Table, 'database' | 'measurement'>) =>
  tableKey(database, measurement);

/** Those of one table as one. */
function merged(needs: readonly TableNeed[]): TableNeed[] {
  return [...Map.groupBy(needs, keyOf).values()].map(([first, ...others]): TableNeed => {
    if (!first) throw new Error('a group without members');
    const fields = new Map(
      [first, ...others]
        .flatMap((need) => need.fields)
        .toReversed()
        .map((field) => [field.name, field]),
    );
    return {
      ...first,
      fields: [...fields.values()].toReversed(),
      ns: [first, ...others].some(({ ns }) => ns),
    };
  });
}

async function eachChunk(
  needs: readonly TableNeed[],
  action: (chunk: readonly TableNeed[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < needs.length; at += TABLES_PER_CHANGE_MAX) {
    await action(needs.slice(at, at + TABLES_PER_CHANGE_MAX));
  }
}
