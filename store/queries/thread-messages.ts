import type { AnswerErrorKind, QueryKind } from '@overseer/shared';
import type { WindowReading } from '../blocks/window-reader.ts';
import type { QueryLimit } from '../query-limit.ts';
import type { ThreadReady } from '../worker-thread.ts';
import type { ReadTotals } from './query-budget.ts';

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
  /** That it reached, if it did. */
  readonly limit?: QueryLimit | undefined;
  /** It shared the evaluation of another one. */
  readonly isJoined: boolean;
  /** From the question to the end of its answer. */
  readonly seconds: number;
  /** Of them: for its turn. */
  readonly waitSeconds: number;
}

/** How the thread is doing. */
export interface QueryGauges {
  readonly running: number;
  readonly waiting: number;
  /** Samples in memory, of all queries that run. */
  readonly samplesHeld: number;
  /** Series that the label index knows. */
  readonly indexSeries: number;
  readonly indexTexts: number;
  /** Of its memory, without the texts. */
  readonly indexBytes: number;
  /** Connections to PostgreSQL with a statement under way. */
  readonly connectionsBusy: number;
}

export type FromQueryThread =
  | ThreadReady
  | { readonly what: 'answered'; readonly report: QueryReport }
  /** A question was refused because too many are under way. */
  | { readonly what: 'refused' }
  /** An evaluation is over, which has read this. */
  | { readonly what: 'evaluated'; readonly read: ReadTotals }
  /** A measurement was read for windows that do not overlap. */
  | { readonly what: 'windows'; readonly reading: WindowReading }
  /** The label index was looked after, which took so long. */
  | { readonly what: 'refreshed'; readonly seconds: number }
  | { readonly what: 'gauges'; readonly gauges: QueryGauges };
