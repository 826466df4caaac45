import { BusUnavailableError, guard } from './bus-errors.ts';
import type { Logger } from './log.ts';
import { type KV, KvWatchInclude, type KvWatchOptions } from './nats.ts';

/** How often a watch makes sure that its bucket is still the one it started on. */
const BUCKET_CHECK_INTERVAL_MS = 5000;
const RESTART_WAIT_MS = 250;
/** Reading all entries ends when none came for so long: the server was lost, and the client alone would wait for ever. */
const ENTRY_WAIT_MAX_MS = 5000;

export interface BucketEntry {
  readonly key: string;
  /** Undefined when the key was deleted. */
  readonly value: Uint8Array | undefined;
  readonly revision: number;
}

/** Where a watch gets its bucket from: the Bus. */
interface BucketSource {
  readonly connected: boolean;
  bucket(name: string): Promise<Bucket>;
}

/** A KV bucket. */
export class Bucket {
  readonly #kv: KV;

  constructor(kv: KV) {
    this.#kv = kv;
  }

  /** @param revision as it was then, if that is still kept; absent: as it is */
  async get(key: string, revision?: number): Promise<BucketEntry | undefined> {
    const entry = await guard(`bucket key ${key}`, () =>
      this.#kv.get(key, revision === undefined ? undefined : { revision }),
    );
    return entry ? bucketEntry(entry) : undefined;
  }

  /** Sets a key whatever it holds; gives the revision. */
  put(key: string, value: Uint8Array): Promise<number> {
    return guard(`bucket key ${key}`, () => this.#kv.put(key, value));
  }

  /** Makes a key. @throws RevisionError when it exists. */
  create(key: string, value: Uint8Array): Promise<number> {
    return guard(`bucket key ${key}`, () => this.#kv.create(key, value));
  }

  /** Changes a key that has this revision. @throws RevisionError when it has another. */
  update(key: string, value: Uint8Array, revision: number): Promise<number> {
    return guard(`bucket key ${key}`, () => this.#kv.update(key, value, revision));
  }

  /**
   * Removes a key with all that it held.
   * @param revision the key must have; absent: any
   * @throws RevisionError when it has another
   */
  delete(key: string, revision?: number): Promise<void> {
    return guard(`bucket key ${key}`, () =>
      this.#kv.purge(key, revision === undefined ? {} : { previousSeq: revision }),
    );
  }

  /** The highest revision that any key has, or had. */
  async lastRevision(): Promise<number> {
    const status = await guard('bucket', () => this.#kv.status());
    return status.streamInfo.state.last_seq;
  }

  /** Creation time of the bucket's stream. */
  async created(): Promise<string> {
    const status = await guard('bucket', () => this.#kv.status());
    return String(status.streamInfo.created);
  }

  /**
   * Every key with its value, at one moment.
   * @param entryWaitMaxMs how long the next entry may take
   * @throws BusUnavailableError when the server is lost before all have come
   */
  entries(entryWaitMaxMs = ENTRY_WAIT_MAX_MS): Promise<BucketEntry[]> {
    return this.#readAll({}, entryWaitMaxMs);
  }

  /** What a key was set to, from the oldest that the bucket still has. @throws as `entries` */
  history(key: string, entryWaitMaxMs = ENTRY_WAIT_MAX_MS): Promise<BucketEntry[]> {
    return this.#readAll({ key, include: KvWatchInclude.AllHistory }, entryWaitMaxMs);
  }

  async #readAll(options: KvWatchOptions, entryWaitMaxMs: number): Promise<BucketEntry[]> {
    const { promise: initialized, resolve } = Promise.withResolvers<'all'>();
    const iterator = await this.watch(() => resolve('all'), options);
    let ended: 'all' | 'silent' | undefined;
    const end = (why: 'all' | 'silent') => {
      ended ??= why;
      iterator.stop();
    };
    void initialized.then(end);
    const silence = setTimeout(end, entryWaitMaxMs, 'silent');
    const entries: BucketEntry[] = [];
    try {
      await guard('bucket entries', async () => {
        for await (const entry of iterator) {
          silence.refresh();
          if (entry.operation === 'PUT') entries.push(bucketEntry(entry));
        }
      });
    } finally {
      clearTimeout(silence);
    }
    if (ended !== 'all') {
      throw new BusUnavailableError(
        `bucket entries: no further one came after ${entries.length} of them; the bucket has to be read again`,
      );
    }
    return entries;
  }

  /** The client's own watch, for BucketWatch. */
  watch(onInitialized: () => void, options: KvWatchOptions = {}) {
    return guard('bucket watch', () =>
      this.#kv.watch({ ...options, initializedFn: onInitialized }),
    );
  }
}

export interface BucketWatchCallbacks {
  onEntry(entry: BucketEntry): void;
  onReady(): void;
  onRestart?(): void;
}

export class BucketWatch {
  readonly #source: BucketSource;
  readonly #name: string;
  readonly #callbacks: BucketWatchCallbacks;
  readonly #log: Logger;
  /** Counts restarts; a run that finds another number than its own ends. */
  #run = 0;

  constructor(source: BucketSource, name: string, callbacks: BucketWatchCallbacks, log: Logger) {
    this.#source = source;
    this.#name = name;
    this.#callbacks = callbacks;
    this.#log = log;
  }

  start(): void {
    const run = ++this.#run;
    void this.#follow(run);
  }

  restart(): void {
    this.#callbacks.onRestart?.();
    this.start();
  }

  stop(): void {
    this.#run++;
  }

  async #follow(run: number): Promise<void> {
    const current = () => run === this.#run;
    /** Whether this outage was logged. */
    let waiting = false;
    while (current()) {
      try {
        await this.#once(current, () => {
          waiting = false;
        });
      } catch (error) {
        if (!waiting) this.#log.warn({ bucket: this.#name, err: error }, 'waiting for the bucket');
        waiting = true;
      }
      if (!current()) return;
      this.#callbacks.onRestart?.();
      await Bun.sleep(RESTART_WAIT_MS);
    }
  }

  /** One pass: ends when the bucket is made anew, the watch breaks, or `current` says so. */
  async #once(current: () => boolean, onReady: () => void): Promise<void> {
    const bucket = await this.#source.bucket(this.#name);
    const created = await bucket.created();
    const iterator = await bucket.watch(() => {
      if (!current()) return;
      onReady();
      this.#callbacks.onReady();
    });
    const check = setInterval(() => {
      if (!current()) {
        iterator.stop();
      } else if (this.#source.connected) {
        bucket.created().then(
          (now) => now === created || iterator.stop(),
          (error: unknown) => (error instanceof BusUnavailableError ? undefined : iterator.stop()),
        );
      }
    }, BUCKET_CHECK_INTERVAL_MS);
    try {
      for await (const entry of iterator) {
        if (!current()) return;
        this.#callbacks.onEntry(bucketEntry(entry));
      }
    } finally {
      clearInterval(check);
      iterator.stop();
    }
  }
}

function bucketEntry(entry: {
  key: string;
  value: Uint8Array;
  revision: number;
  operation: string;
}): BucketEntry {
  const value = entry.operation === 'PUT' ? entry.value : undefined;
  return { key: entry.key, value, revision: entry.revision };
}
