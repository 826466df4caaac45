import {
  AnswerError,
  administrationSubject,
  askToEnd,
  type Bus,
  type DropQuestion,
} from '@overseer/shared';
import { UnavailableError } from './errors.ts';
import type { Schema } from './schema.ts';

/** Below the time after which an idle connection is closed. What a store has begun it finishes all the same. */
const DROP_WAIT_MAX_MS = 20_000;
const RETRY_SECONDS = 2;

export interface DatabasesParts {
  readonly mayDrop: boolean;
  /** Undefined before NATS is there. */
  readonly bus: () => Bus | undefined;
  readonly schema: () => Schema | undefined;
  /** @throws UnavailableError while nothing can be changed */
  readonly checkReady: () => void;
}

/** What clients may know of databases, and do with them. */
export class Databases {
  readonly #parts: DatabasesParts;

  constructor(parts: DatabasesParts) {
    this.#parts = parts;
  }

  /** Of all, sorted. */
  names(): string[] {
    return this.#parts.schema()?.databases() ?? [];
  }

  /** Names of the measurements of a database, sorted. */
  measurementsOf(database: string): string[] {
    return this.#parts.schema()?.measurementsOf(database) ?? [];
  }

  /**
   * Makes a database known to every ingress, and to the store, which makes its schema.
   * @throws RequestError when there are too many, UnavailableError, BusUnavailableError
   */
  async create(name: string): Promise<void> {
    this.#parts.checkReady();
    await this.#parts.schema()?.createDatabase(name);
  }

  /** Whether clients may. */
  get mayDrop(): boolean {
    return this.#parts.mayDrop;
  }

  /**
   * Drops a database with all that is in it, or one measurement. What is written from now on is of another one.
   * @throws UnavailableError when no store has done so yet, BusUnavailableError
   */
  async drop(db: string, measurement?: string): Promise<void> {
    const { bus, checkReady, schema } = this.#parts;
    checkReady();
    await askDrop(bus(), { db, ...(measurement !== undefined && { measurement }) });
    // Types and series of before are void.
    await schema()?.catchUp();
  }
}

async function askDrop(bus: Bus | undefined, question: DropQuestion): Promise<void> {
  if (!bus) throw new UnavailableError('nats', 'NATS is not there', RETRY_SECONDS);
  const signal = AbortSignal.timeout(DROP_WAIT_MAX_MS);
  try {
    await askToEnd(bus, administrationSubject('drop'), question, { signal });
  } catch (cause) {
    if (!(cause instanceof AnswerError)) throw cause;
    const what = signal.aborted
      ? 'the store takes long to drop it, and finishes what it has begun'
      : `the store has not dropped it: ${cause.message}`;
    throw new UnavailableError('not_ready', `${what}; ask again`, RETRY_SECONDS, { cause });
  }
}
