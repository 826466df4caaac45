import { Worker } from 'node:worker_threads';
import type { QueryMetrics } from './query-metrics.ts';
import type { FromQueryThread, QuerySettings, ToQueryThread } from './thread-messages.ts';

/** What is under way when the store stops is told so at once; this is for a thread that does not hear. */
const STOP_DEADLINE_MS = 5000;

export interface QueryThreadParts {
  readonly settings: QuerySettings;
  readonly metrics: QueryMetrics;
  /** Called when the thread ends before it was asked to. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * The thread that answers queries, seen from the store's first thread: a heavy query never holds up the writing of points. It has
 * its own connections and takes everything it needs from PostgreSQL.
 */
export class QueryThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #isReady = false;
  #isStopping = false;

  constructor({ settings, metrics, onFatal }: QueryThreadParts) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
    this.#worker.on('message', (message: FromQueryThread) => {
      if (message.what === 'ready') this.#isReady = true;
      else if (message.what === 'answered') metrics.answered(message.report);
      else metrics.gauges = message.gauges;
    });
    this.#worker.on('error', (cause) => {
      onFatal(new Error('the query thread failed', { cause }));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.#worker.on('exit', (code) => {
      resolve();
      if (!this.#isStopping) onFatal(new Error(`the query thread ended with code ${code}`));
    });
  }

  /** Whether it listens for queries and knows the series. */
  get ready(): boolean {
    return this.#isReady;
  }

  /** Queries under way are told that the store stops. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#worker.postMessage({ what: 'stop' } satisfies ToQueryThread);
    const deadline = setTimeout(() => void this.#worker.terminate(), STOP_DEADLINE_MS);
    await this.#ended;
    clearTimeout(deadline);
  }
}
