import type { QueryEnd, QueryPart } from '@overseer/shared';
import type { PostgresSeries } from '../blocks/postgres-series.ts';
import type { Database } from '../postgres.ts';
import type { QueryBudget } from './query-budget.ts';

/** Everything that answering one question takes. */
export interface QuestionContext {
  readonly series: PostgresSeries;
  readonly database: Database;
  readonly budget: QueryBudget;
  /** Sends a part of the answer; waits while the asker has too many. */
  readonly send: (part: QueryPart) => Promise<void>;
}

/** What the end of an answer tells besides statistics. */
export type Findings = Pick<
  QueryEnd,
  'resultType' | 'warnings' | 'measurements' | 'reachMs' | 'aheadMs' | 'isOfWholeRange'
>;

/** A question that was understood; answers it when its turn comes. */
export type Question = (context: QuestionContext) => Promise<Findings>;

/** What people should know of the database that was asked. */
export function databaseWarnings({ index }: PostgresSeries, db: string): string[] {
  if (index.hasDatabase(db)) return [];
  return [`database "${db}" does not exist: nothing was written to it yet`];
}
