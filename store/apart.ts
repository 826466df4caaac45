import { bury, buryRows } from './incoming.ts';
import type { NewSeries } from './new-series.ts';
import type { CommittedPlan, DeadBlock, Plan, TablePlan } from './plan.ts';
import { isDataError } from './postgres.ts';
import { commitPlan, storeTable, type TransactionParts } from './transaction.ts';

/** Whether an error blames the plan, not the block: what the plan counted on is gone. */
export type IsStale = (error: unknown) => Promise<boolean>;

export interface Refusals {
  /** Asked before a block is taken for refused. */
  readonly isStale: IsStale;
  /** Called before the commit with the blocks that were refused. */
  readonly onRefused: (dead: readonly DeadBlock[]) => Promise<void>;
}

/**
 * Stores the plan of one message block by block, each behind a savepoint, so that one which PostgreSQL refuses does not keep the
 * others out.
 * @returns the plan, in which those that were refused are dead
 * @throws the error of a plan that is stale; nothing is stored then
 */
export async function storeApart(
  parts: TransactionParts,
  plan: Plan,
  series: NewSeries,
  { isStale, onRefused }: Refusals,
): Promise<CommittedPlan> {
  const dead: DeadBlock[] = [];
  const tables: TablePlan[] = [];
  const commit = await commitPlan(parts, plan, series, async (transaction) => {
    for (const single of plan.tables.flatMap(singles)) {
      try {
        await transaction.savepoint((savepoint) => storeTable(savepoint, parts, single));
        tables.push(single);
      } catch (error) {
        if (!isDataError(error) || (await isStale(error))) throw error;
        dead.push(refused(single, error));
      }
    }
    if (dead.length > 0) await onRefused(dead);
    return tables;
  });
  return { ...plan, commit, tables, dead: [...plan.dead, ...dead] };
}

/** The table's plan as plans of one block's rows each, plain ones first. How many series each is of was not counted. */
function singles(table: TablePlan): TablePlan[] {
  const event = (rows: number, merged: number) => ({
    ...table.event,
    rows,
    merged,
    series: undefined,
  });
  return [
    ...table.plain.map((rows) => ({
      ...table,
      plain: [rows],
      late: [],
      lateTimes: [],
      event: event(rows.count, 0),
    })),
    ...table.late.map((rows) => ({
      ...table,
      plain: [],
      late: [rows],
      event: event(0, rows.count),
    })),
  ];
}

function refused({ plain, late }: TablePlan, error: unknown): DeadBlock {
  const [rows] = [...plain, ...late];
  if (!rows) throw new Error('a plan of one block has no block');
  const part = late.length > 0 ? 'late' : 'plain';
  return rows.rows === 'all'
    ? bury(rows.incoming, 'postgres', String(error), part)
    : buryRows(rows.incoming, [...rows.rows], 'postgres', String(error), part);
}
