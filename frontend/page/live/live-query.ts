import { batch, computed, signal } from '@preact/signals';
import type { Delta, Failure, Reset, ServerMessage } from '../../live/protocol.ts';
import type { QueryResult } from '../series/query-result.ts';
import type { SeriesRow } from '../series/series-columns.ts';
import { SeriesMatrix } from './series-matrix.ts';

/** What is asked: the points of an expression, as far back as the range, and from then on. */
export interface LiveQuestion {
  readonly db: string;
  readonly expr: string;
  readonly stepMs: number;
  readonly rangeMs: number;
  /** As in `Subscribe`. */
  readonly fineStepMs?: number;
}

/** An expression whose points are kept up to date for as long as it is subscribed. */
export class LiveQuery implements QueryResult {
  readonly columns: SeriesMatrix;
  readonly revision = signal(0);
  readonly rows = signal<readonly SeriesRow[]>([]);
  readonly hasValues = computed(() => {
    this.revision.value;
    return this.columns.hasValues;
  });
  readonly omittedCount = signal(0);
  readonly hasArrived = signal(false);
  readonly failure = signal<Failure | undefined>(undefined);
  readonly warnings = signal<readonly string[]>([]);

  /** @param letter as in `QueryIdentity` */
  constructor(
    readonly question: LiveQuestion,
    letter = '',
  ) {
    this.columns = new SeriesMatrix(question, { expr: question.expr, letter });
  }

  get expr(): string {
    return this.question.expr;
  }

  /** @throws Error when the message does not follow those before: subscribe anew */
  take(message: Reset | Delta | Failure): void {
    batch(() => {
      if (message.kind === 'failure') {
        this.failure.value = message;
        return;
      }
      this.#change(message);
      this.failure.value = undefined;
      this.revision.value++;
      const { rows } = this.columns;
      const isOther = message.kind === 'reset' || rows.length !== this.rows.value.length;
      if (isOther) this.rows.value = [...rows];
      this.omittedCount.value = this.columns.omittedCount;
    });
  }

  #change(message: Reset | Delta): void {
    if (message.kind === 'reset') {
      this.columns.reset(message);
      this.warnings.value = message.warnings;
      this.hasArrived.value = true;
    } else {
      if (!this.hasArrived.value) throw new Error('new points came before the first ones');
      this.columns.apply(message);
    }
  }
}

export function isOfQuery(message: ServerMessage): message is Reset | Delta | Failure {
  return message.kind === 'reset' || message.kind === 'delta' || message.kind === 'failure';
}
