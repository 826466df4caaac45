import { AnswerError } from '@overseer/shared';

/** Ends one query: when its asker gives up, or when its time is over. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #asker: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  /** @param asker its reason becomes that of the deadline's signal */
  constructor(asker: AbortSignal, timeoutMs: number) {
    this.#asker = asker;
    this.#timer = setTimeout(() => this.abort(overdue(timeoutMs)), timeoutMs);
    asker.addEventListener('abort', this.#onAbort, { once: true });
    if (asker.aborted) this.#onAbort();
  }

  /** Its reason is an AnswerError, or what `abort` was given. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends it for another reason. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#asker.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = () => this.abort(this.#asker.reason);
}

function overdue(timeoutMs: number): AnswerError {
  return new AnswerError(
    'timeout',
    `the query took longer than ${timeoutMs} ms, waiting included: ask for less time or fewer series, or raise QUERY_TIMEOUT of the store and the timeout of the request`,
  );
}

/** What `work` gives, unless the signal aborts first: then its reason is thrown, and `work` goes on by itself. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
