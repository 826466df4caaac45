import { Worker } from 'node:worker_threads';

/** What every thread of the store tells the first one; and maybe more. */
export interface ThreadReady {
  readonly what: 'ready';
}

export interface ToThread {
  readonly what: 'stop';
}

/** What is under way when the store stops is told so at once; this is for a thread that does not hear. */
const STOP_DEADLINE_MS = 5000;

export interface WorkerThreadParts<Message> {
  /** As in "the query thread". */
  readonly name: string;
  readonly module: URL;
  readonly settings: object;
  /** Gets everything but the word that it is ready. */
  readonly onMessage?: (message: Exclude<Message, ThreadReady>) => void;
  /** Called when the thread ends before it was asked to. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * A thread of the store that answers questions, seen from its first thread, whose writing of points it never holds up. It has its own
 * connections and takes everything it needs from PostgreSQL.
 */
export class WorkerThread<Message extends { readonly what: string } = ThreadReady> {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #isReady = false;
  #isStopping = false;

  constructor({ name, module, settings, onMessage, onFatal }: WorkerThreadParts<Message>) {
    this.#worker = new Worker(module, { workerData: settings });
    this.#worker.on('message', (message: Message) => {
      if (message.what === 'ready') this.#isReady = true;
      else onMessage?.(message as Exclude<Message, ThreadReady>);
    });
    this.#worker.on('error', (cause) => {
      onFatal(new Error(`the ${name} thread failed`, { cause }));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.#worker.on('exit', (code) => {
      resolve();
      if (!this.#isStopping) onFatal(new Error(`the ${name} thread ended with code ${code}`));
    });
  }

  /** Whether it listens for questions. */
  get ready(): boolean {
    return this.#isReady;
  }

  /** Questions under way are told that the store stops. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#worker.postMessage({ what: 'stop' } satisfies ToThread);
    const deadline = setTimeout(() => void this.#worker.terminate(), STOP_DEADLINE_MS);
    await this.#ended;
    clearTimeout(deadline);
  }
}
