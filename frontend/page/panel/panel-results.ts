import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { formatFrame, type TimeFrame } from '../../model/time-frame.ts';
import type { QueryResult } from '../series/query-result.ts';
import type { QueryIdentity } from '../series/series-columns.ts';
import { type PanelQuestion, ResultSet } from './result-set.ts';

/** What keeps one expression up to date, until it is closed. */
export interface OpenQuery {
  readonly result: QueryResult;
  close(): void;
}

export interface QuerySource {
  open(question: SingleQuestion): OpenQuery;
}

export interface SingleQuestion {
  readonly db: string;
  readonly query: QueryIdentity;
  readonly frame: TimeFrame;
}

/** Keeps what a panel asks up to date: queries that stay the same from one question to the next go on. */
export class PanelResults {
  readonly #wanted = signal<ResultSet | undefined>(undefined);
  readonly #charted = signal<ResultSet | undefined>(undefined);
  /** By what they ask. */
  #open = new Map<string, OpenQuery>();
  readonly #endings: (() => void)[];

  /** @param question what is to be shown now; undefined: nothing */
  constructor(
    private readonly source: QuerySource,
    question: ReadonlySignal<PanelQuestion | undefined>,
  ) {
    this.#endings = [
      effect(() => {
        const asked = question.value;
        untracked(() => this.#ask(asked));
      }),
      effect(() => this.#chart()),
    ];
  }

  /** What is asked now. */
  get wanted(): ReadonlySignal<ResultSet | undefined> {
    return this.#wanted;
  }

  /** What is drawn: what was asked before, until there is something to show of what is asked now. */
  get charted(): ReadonlySignal<ResultSet | undefined> {
    return this.#charted;
  }

  close(): void {
    for (const end of this.#endings) end();
    for (const query of this.#open.values()) query.close();
  }

  #ask(question: PanelQuestion | undefined): void {
    const before = this.#open;
    this.#open = new Map();
    const results = question?.queries.map((query) => {
      const single = { db: question.db, query, frame: question.frame };
      const key = keyOf(single);
      const open = before.get(key) ?? this.source.open(single);
      this.#open.set(key, open);
      return open.result;
    });
    for (const [key, query] of before) if (!this.#open.has(key)) query.close();
    if (isSame(this.#wanted.peek(), question, results)) return;
    this.#wanted.value = question && results && new ResultSet(question, results);
  }

  #chart(): void {
    const wanted = this.#wanted.value;
    if (!wanted || wanted.hasAny.value) this.#charted.value = wanted;
  }
}

function keyOf({ db, query: { expr, letter }, frame }: SingleQuestion): string {
  return JSON.stringify([db, expr, formatFrame(frame), letter]);
}

function isSame(
  set: ResultSet | undefined,
  question: PanelQuestion | undefined,
  results: readonly QueryResult[] | undefined,
): boolean {
  if (!set || !question || !results) return set === undefined && question === undefined;
  return (
    set.results.length === results.length &&
    set.results.every((result, index) => result === results[index])
  );
}
