import { batch, computed, signal } from '@preact/signals';
import type { Delta, Failure, Reset, ServerMessage } from '../../live/protocol.ts';
import type { SeriesRow } from '../series/series-columns.ts';
import { SeriesMatrix } from './series-matrix.ts';

/** What is asked: the points of an expression, as far back as the range, and from then on. */
export interface LiveQuestion {
  readonly db: string;
  readonly expr: string;
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** An expression whose points are kept up to date for as long as it is subscribed. */
export class LiveQuery {
  readonly matrix: SeriesMatrix;
  /** Grows with each message that changed the matrix. */
  readonly revision = signal(0);
  /** The series of the matrix; another array when they are others. */
  readonly rows = signal<readonly SeriesRow[]>([]);
  /** There is something to be seen. */
  readonly hasValues = computed(() => {
    this.revision.value;
    return this.matrix.hasValues;
  });
  /** Series beyond the limit of the matrix. */
  readonly omittedCount = signal(0);
  /** The first points came, or the news that there are none. */
  readonly hasArrived = signal(false);
  /** Why it is not up to date; what it has stays. */
  readonly failure = signal<Failure | undefined>(undefined);
  /** Of the answer, for people. */
  readonly warnings = signal<readonly string[]>([]);

  constructor(readonly question: LiveQuestion) {
    this.matrix = new SeriesMatrix(question.stepMs, question.rangeMs);
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
      const { rows } = this.matrix;
      const isOther = message.kind === 'reset' || rows.length !== this.rows.value.length;
      if (isOther) this.rows.value = [...rows];
      this.omittedCount.value = this.matrix.omittedCount;
    });
  }

  #change(message: Reset | Delta): void {
    if (message.kind === 'reset') {
      this.matrix.reset(message);
      this.warnings.value = message.warnings;
      this.hasArrived.value = true;
    } else {
      if (!this.hasArrived.value) throw new Error('new points came before the first ones');
      this.matrix.apply(message);
    }
  }
}

export function isOfQuery(message: ServerMessage): message is Reset | Delta | Failure {
  return message.kind === 'reset' || message.kind === 'delta' || message.kind === 'failure';
}
