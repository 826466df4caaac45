import type { SpanContext } from '@overseer/shared/tracing';

/** The rows of one partition that wait in the parser, and who waits for them. */
export class OpenBatch {
  readonly partition: number;
  /** By `performance.now()`. */
  readonly openedAt = performance.now();
  /** Requests with rows in it. */
  requests = 0;
  /** Spans of those whose trace is recorded. */
  readonly origins: SpanContext[] = [];
  /** Whether it is in the queue to be published. */
  due = false;
  /** Whether it is to be published although more could come. */
  urgent = false;
  readonly #taken = Promise.withResolvers<void>();
  readonly #settled = Promise.withResolvers<Error | undefined>();
  #isTaken = false;
  #error: Error | undefined;

  constructor(partition: number) {
    this.partition = partition;
  }

  /** Whether its rows have left the parser. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Resolves when its rows have left the parser. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  /** Resolves when its fate is known: undefined when it is stored, else why it may not be. */
  get settled(): Promise<Error | undefined> {
    return this.#settled.promise;
  }

  /** Why it may not be stored, when that is known already. */
  get error(): Error | undefined {
    return this.#error;
  }

  take(): void {
    this.#isTaken = true;
    this.#taken.resolve();
  }

  settle(error?: Error): void {
    this.#error = error;
    this.take();
    this.#settled.resolve(error);
  }
}
