import { AnswerError, type QueryEnd, type QueryKind, type QueryPart } from '@overseer/shared';
import type { Questions } from '../questions.ts';
import { type AnswerLease, type AnswerMemory, partBytes } from './answer-memory.ts';
import type { QueryAnswer } from './answer-series.ts';

/** How long requests wait for the answer to another one for the same, to ask together after it. */
const TOGETHER_WAIT_MAX_MS = 250;

/** A request that waits for an answer, or sends it. */
export interface Asker {
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Its release says that the answer was sent, or is not wanted any more. */
  readonly lease: AnswerLease;
}

/** What the store is asked; requests of which all but the timeout is the same ask the same. */
export type SharedQuestion = object & { readonly timeoutMs?: number | undefined };

export interface SharedAnswersParts {
  readonly questions: Pick<Questions, 'query'>;
  readonly memory: AnswerMemory;
  /** Told of each request that is answered with another one's answer. */
  readonly onShared: () => void;
}

/**
 * The store's answers to requests. The first request for something is asked at once. Those that come for the same while it is being answered
 * wait for that, though not for long, and then ask together: so each is answered with what was committed before it came, and of a hundred
 * pages that show the same the store is asked twice, and its answer is in memory once.
 */
export class SharedAnswers {
  /** By what they ask: the last answer that is being collected, and the one that waits behind it. */
  readonly #underWay = new Map<string, SharedAnswer>();
  readonly #waiting = new Map<string, SharedAnswer>();

  constructor(private readonly parts: SharedAnswersParts) {}

  /** All of the answer, which stays in memory until everybody's lease is released. @throws AnswerError */
  async collect(kind: QueryKind, question: SharedQuestion, asker: Asker): Promise<QueryAnswer> {
    const { timeoutMs, ...asked } = question;
    const key = JSON.stringify([kind, asked]);
    const waiting = this.#waiting.get(key);
    if (waiting && !waiting.isCanceled) {
      this.parts.onShared();
      waiting.add(asker, timeoutMs);
      return await waiting.outcomeFor(asker, timeoutMs);
    }
    const { questions, memory } = this.parts;
    const answer = new SharedAnswer(memory.lease(), (longestMs, onPart, signal) =>
      questions.query(kind, { ...asked, timeoutMs: longestMs }, { onPart, signal }),
    );
    answer.add(asker, timeoutMs);
    const before = this.#underWay.get(key);
    if (before) {
      this.#askAfter(before, key, answer);
      return await answer.outcomeFor(asker, timeoutMs);
    }
    this.#ask(key, answer);
    // Of who is alone from the beginning the store minds the time.
    return await answer.outcomeFor(asker);
  }

  #askAfter(before: SharedAnswer, key: string, answer: SharedAnswer): void {
    this.#waiting.set(key, answer);
    const go = () => {
      clearTimeout(timer);
      if (this.#waiting.get(key) !== answer) return;
      this.#waiting.delete(key);
      this.#ask(key, answer);
    };
    const timer = setTimeout(go, TOGETHER_WAIT_MAX_MS);
    before.onOver(go);
  }

  #ask(key: string, answer: SharedAnswer): void {
    this.#underWay.set(key, answer);
    answer.onOver(() => {
      if (this.#underWay.get(key) === answer) this.#underWay.delete(key);
    });
    answer.ask();
  }
}

type Ask = (
  timeoutMs: number | undefined,
  onPart: (part: QueryPart) => void,
  signal: AbortSignal,
) => Promise<QueryEnd>;

/** One answer for all who asked for it before the store was asked. */
class SharedAnswer {
  readonly #askers = new Set<Asker>();
  readonly #canceling = new AbortController();
  readonly #outcome = Promise.withResolvers<QueryAnswer>();
  /** Of those who set one; infinite when one of them sets none. */
  #timeoutMs = 0;

  constructor(
    private readonly lease: AnswerLease,
    private readonly question: Ask,
  ) {
    // Nobody may be left to hear that it failed.
    this.#outcome.promise.catch(() => undefined);
  }

  /** Calls back when it is there, or failed. */
  onOver(callback: () => void): void {
    this.#outcome.promise.then(callback, callback);
  }

  /** Nobody wants it any more. */
  get isCanceled(): boolean {
    return this.#canceling.signal.aborted;
  }

  /** One more who asks, before the store is asked. */
  add(asker: Asker, timeoutMs = Number.POSITIVE_INFINITY): void {
    this.#timeoutMs = Math.max(this.#timeoutMs, timeoutMs);
    this.#askers.add(asker);
    asker.lease.onRelease(() => this.#leave(asker));
  }

  /** @throws AnswerError: why there is no answer, or that the asker's own time is over, or his client gone */
  async outcomeFor({ signal }: Asker, timeoutMs?: number): Promise<QueryAnswer> {
    const { promise: left, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(new AnswerError('canceled', 'the client has gone'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const onTimeout = (ms: number) => reject(overdue(ms));
    const timer = timeoutMs && setTimeout(onTimeout, timeoutMs, timeoutMs);
    try {
      return await Promise.race([this.#outcome.promise, left]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  ask(): void {
    const { resolve, reject } = this.#outcome;
    this.#collect().then(resolve, reject);
  }

  async #collect(): Promise<QueryAnswer> {
    const { signal } = this.#canceling;
    const parts: QueryPart[] = [];
    const onPart = (part: QueryPart) => {
      this.lease.grow(partBytes(part));
      parts.push(part);
    };
    const timeoutMs = Number.isFinite(this.#timeoutMs) ? this.#timeoutMs : undefined;
    return { parts, end: await this.question(timeoutMs, onPart, signal) };
  }

  #leave(asker: Asker): void {
    this.#askers.delete(asker);
    if (this.#askers.size > 0) return;
    this.#canceling.abort();
    // Until then parts may come.
    this.onOver(() => this.lease.release());
  }
}

function overdue(timeoutMs: number): AnswerError {
  return new AnswerError(
    'timeout',
    `the query took longer than ${timeoutMs} ms, the timeout of the request, waiting included: ask for less time or fewer series, or raise it`,
  );
}
