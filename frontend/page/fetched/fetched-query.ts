import { batch, computed, signal } from '@preact/signals';
import { backoffMs } from '../live/backoff.ts';
import type { QueryFailure, QueryResult } from '../series/query-result.ts';
import type { QueryIdentity, SeriesRow } from '../series/series-columns.ts';
import { FixedColumns } from './fixed-columns.ts';
import {
  fetchRange,
  type RangeAnswer,
  type RangeQuestion,
  UnansweredError,
} from './range-request.ts';

/** A frame that reaches into the future is got again so often: what is written meanwhile belongs to it. */
const RENEWAL_MS = 5000;
/** Points come late: by so much, and the frame may still change. */
const LATENESS_MS = 30_000;

/** An expression over a stretch of time that does not move: got over HTTP, and again while it may change. */
export class FetchedQuery implements QueryResult {
  readonly revision = signal(0);
  readonly rows = signal<readonly SeriesRow[]>([]);
  readonly hasValues = computed(() => this.rows.value.length > 0);
  readonly omittedCount = signal(0);
  readonly hasArrived = signal(false);
  readonly failure = signal<QueryFailure | undefined>(undefined);
  readonly warnings = signal<readonly string[]>([]);

  readonly #identity: QueryIdentity;
  #columns: FixedColumns;
  readonly #closing = new AbortController();
  #attempt = 0;

  /** @param letter as in `QueryIdentity` */
  constructor(
    readonly question: RangeQuestion,
    letter: string,
    private readonly nowMs: () => number,
  ) {
    this.#identity = { expr: question.expr, letter };
    const nothing = { startMs: question.fromMs, stepMs: 1, count: 0, series: [] };
    this.#columns = new FixedColumns(nothing, this.#identity);
    void this.#get();
  }

  get expr(): string {
    return this.question.expr;
  }

  get columns(): FixedColumns {
    return this.#columns;
  }

  /** What it has stays. */
  close(): void {
    this.#closing.abort();
  }

  async #get(): Promise<void> {
    const { signal: closed } = this.#closing;
    const askedAt = performance.now();
    try {
      const answer = await fetchRange(this.question, closed);
      if (closed.aborted) return;
      this.#take(answer);
      this.#attempt = 0;
      if (this.question.toMs + LATENESS_MS > this.nowMs()) this.#getAfter(RENEWAL_MS);
    } catch (error) {
      if (closed.aborted) return;
      const failure = failureOf(error);
      this.failure.value = failure;
      // What has taken the store long, such as until a timeout, leaves it in peace for as long.
      const tookMs = performance.now() - askedAt;
      if (failure.retrying) this.#getAfter(Math.max(tookMs, backoffMs(this.#attempt++)));
    }
  }

  #getAfter(delayMs: number): void {
    const timer = setTimeout(() => void this.#get(), delayMs);
    this.#closing.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  #take({ matrix, warnings }: RangeAnswer): void {
    batch(() => {
      this.#columns = new FixedColumns(matrix, this.#identity);
      this.rows.value = this.#columns.rows;
      this.omittedCount.value = this.#columns.omittedCount;
      this.warnings.value = warnings;
      this.failure.value = undefined;
      this.hasArrived.value = true;
      this.revision.value++;
    });
  }
}

function failureOf(error: unknown): QueryFailure {
  if (error instanceof UnansweredError) return error.failure;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the server can’t be reached, or something between answers in its place (${reason})`;
  return { error: 'unavailable', message, retrying: true };
}
