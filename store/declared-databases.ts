import {
  type BucketEntry,
  type Bus,
  DATABASE_NAME_BYTES_MAX,
  decodeSchemaKey,
  type Logger,
  SCHEMA_BUCKET,
} from '@overseer/shared';
import type { Catalogue, DeclaredDatabase } from './catalogue.ts';
import { isPassing } from './outages.ts';
import { sqlState } from './postgres.ts';

const RETRY_MS = 500;

/** Makes the databases that clients create before they write to them: each has a key of its own in the schema bucket. */
export class DeclaredDatabases {
  readonly #bus: Bus;
  readonly #catalogue: Catalogue;
  readonly #log: Logger;
  readonly #onFatal: (error: unknown) => void;
  /** Declared and not yet known to exist: revisions of their keys. */
  readonly #waiting = new Map<string, number>();
  #making = false;
  #unwatch: (() => void) | undefined;

  /** @param onFatal told of an error that waiting does not mend */
  constructor(bus: Bus, catalogue: Catalogue, log: Logger, onFatal: (error: unknown) => void) {
    this.#bus = bus;
    this.#catalogue = catalogue;
    this.#log = log;
    this.#onFatal = onFatal;
  }

  start(): void {
    this.#unwatch = this.#bus.watchBucket(SCHEMA_BUCKET, {
      onEntry: (entry) => this.#onEntry(entry),
      onReady: () => undefined,
    });
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#waiting.clear();
  }

  #onEntry({ key, value, revision }: BucketEntry): void {
    const database = declaredDatabase(key);
    if (!database) return;
    if (!value) {
      // It was dropped, maybe before it was made.
      this.#waiting.delete(database);
      return;
    }
    this.#waiting.set(database, revision);
    if (this.#making) return;
    this.#making = true;
    void this.#makeAll().finally(() => {
      this.#making = false;
    });
  }

  async #makeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const declared = Array.from(this.#waiting, ([name, revision]) => ({ name, revision }));
      try {
        await this.#catalogue.ensureDatabases(declared);
        this.#forget(declared);
      } catch (error) {
        if (isPassing(error)) {
          this.#log.warn({ err: error }, 'databases not made; trying again');
          await Bun.sleep(RETRY_MS);
        } else if (sqlState(error) === undefined) {
          return this.#onFatal(error);
        } else {
          // Such as a role that may not make schemas. Points for these databases say the same, louder.
          const databases = declared.map(({ name }) => name);
          this.#log.error({ databases, err: error }, 'PostgreSQL refuses to make databases');
          this.#forget(declared);
        }
      }
    }
  }

  /** Those that were not declared once more meanwhile. */
  #forget(declared: readonly DeclaredDatabase[]): void {
    for (const { name, revision } of declared) {
      if (this.#waiting.get(name) === revision) this.#waiting.delete(name);
    }
  }
}

/** The database that a key declares; undefined for any other key, and for names that ingress would never let in. */
function declaredDatabase(key: string): string | undefined {
  let database: string;
  try {
    const name = decodeSchemaKey(key);
    if (name.measurement !== undefined) return undefined;
    database = name.database;
  } catch {
    return undefined;
  }
  const isName = !database.includes('\0') && Buffer.byteLength(database) <= DATABASE_NAME_BYTES_MAX;
  return isName ? database : undefined;
}
