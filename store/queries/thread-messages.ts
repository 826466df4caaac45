import type { AnswerErrorKind, QueryKind } from '@overseer/shared';
import type { ThreadReady } from '../worker-thread.ts';

/** What the query thread and the store's first thread tell each other. */

export interface QuerySettings {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly queriesMax: number;
  readonly queryTimeoutMs: number;
  readonly querySamplesMax: number;
  readonly querySeriesMax: number;
  readonly queryBytesMax: number;
  readonly queriesSamplesMax: number;
}

/** One query that is over. */
export interface QueryReport {
  readonly kind: QueryKind;
  readonly outcome: 'ok' | AnswerErrorKind;
  readonly seconds: number;
  readonly samples: number;
  readonly bytes: number;
}

/** How the thread is doing. */
export interface QueryGauges {
  readonly running: number;
  readonly waiting: number;
  /** Samples in memory, of all queries that run. */
  readonly samplesHeld: number;
  /** Series that the label index knows. */
  readonly indexSeries: number;
  /** How long the last look for new series took. */
  readonly indexRefreshSeconds: number;
}

export type FromQueryThread =
  | ThreadReady
  | { readonly what: 'answered'; readonly report: QueryReport }
  | { readonly what: 'gauges'; readonly gauges: QueryGauges };
