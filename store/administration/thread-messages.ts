import type { AnswerErrorKind } from '@overseer/shared';
import type { ThreadReady } from '../worker-thread.ts';
import type { AnsweredKind } from './administration-limits.ts';

/** What the administration thread tells the store's first thread. */

/** One question that is over. */
export interface AdministrationOutcome {
  readonly kind: AnsweredKind;
  readonly outcome: 'ok' | AnswerErrorKind;
}

/** How the thread is doing. */
export interface AdministrationGauges {
  /** Questions being answered, by kind. */
  readonly running: Readonly<Record<AnsweredKind, number>>;
  /** Connections to PostgreSQL with a statement under way. */
  readonly connectionsBusy: number;
}

export type FromAdministrationThread =
  | ThreadReady
  | { readonly what: 'answered'; readonly outcome: AdministrationOutcome }
  /** An export begins a pass over the time partitions of a measurement. */
  | { readonly what: 'passed' }
  | { readonly what: 'gauges'; readonly gauges: AdministrationGauges };
