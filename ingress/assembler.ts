import type { LineParser } from '@overseer/wasm';
import type { Announcements } from './announcements.ts';
import { UnavailableError } from './errors.ts';
import type { Readiness } from './readiness.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Writer } from './writer.ts';

/** Measurements go in swarms, those of a database one by one: another assembly is made when no more have gone for a while, */
const QUIET_MS = 50;
/** or after so long: who writes to the database waits for it. */
const QUIET_WAIT_MAX_MS = 2000;
const RETRY_SECONDS = 1;

/** What is made for one installation and one number of partitions, and is void with them. */
export interface Assembly {
  readonly parser: LineParser;
  readonly announcements: Announcements;
  readonly writer: Writer;
  readonly rehearsal: Rehearsal;
}

export interface AssemblerParts {
  /** Makes one for what is known now, and tells it nothing; undefined: too little is known. */
  readonly make: () => Promise<Assembly | undefined>;
  /** Tells one that is in use from now on everything that it must know. */
  readonly tell: (assembly: Assembly) => void;
  readonly readiness: Readiness;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Has the assembly in use, and makes another when it is void. A parser forgets nothing, so it is void also when a measurement was
 * dropped; then it serves other databases until its successor is ready. One is made at a time: each has memory for millions of series.
 */
export class Assembler {
  readonly #parts: AssemblerParts;
  /** Databases of which the parser in use knows what is no longer true. */
  readonly #outdated = new Set<string>();
  #current: Assembly | undefined;
  /** Counts reasons to make another; one that was begun before the last of them is not used. */
  #wanted = 0;
  #isMaking = false;
  #outdatedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the present one has been replaced. */
  #replaced = Promise.withResolvers<void>();

  constructor(parts: AssemblerParts) {
    this.#parts = parts;
  }

  /** Undefined while there is none. */
  get current(): Assembly | undefined {
    return this.#current;
  }

  /** Whether the parser in use knows what is no longer true of a database: it is to be told and asked no more of it. */
  isOutdated(database: string): boolean {
    return this.#outdated.has(database);
  }

  /** The one in use, once it is right for a database. @throws UnavailableError */
  async rightFor(database: string): Promise<Assembly> {
    if (this.#outdated.has(database)) await this.#replaced.promise;
    this.checkRightFor(database);
    if (!this.#current) {
      throw new UnavailableError('not_ready', 'the parser is being prepared', RETRY_SECONDS);
    }
    return this.#current;
  }

  /** @throws UnavailableError when the parser in use is not right for a database */
  checkRightFor(database: string): void {
    if (!this.#outdated.has(database)) return;
    throw new UnavailableError(
      'dropped',
      'what was written to was dropped; send the points again',
      RETRY_SECONDS,
    );
  }

  /** Starts over with a new one for what is true now; who waits for rows in the old one sends them again. */
  startOver(reason: string): void {
    const message = `${reason}; send the points again`;
    this.abandon(new UnavailableError('not_ready', message, RETRY_SECONDS));
    this.#parts.readiness.miss('parser', 'the parser is being prepared');
    this.#want();
  }

  /** Something of a database was dropped. The others go on. */
  outdate(database: string): void {
    // One that is being made learns what is true when it is done.
    if (!this.#current) return;
    if (this.#outdated.size === 0) this.#outdatedAt = performance.now();
    this.#outdated.add(database);
    const leftMs = this.#outdatedAt + QUIET_WAIT_MAX_MS - performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#want(), Math.max(0, Math.min(QUIET_MS, leftMs)));
  }

  /** Gives up the one in use: all who wait for it get the error. */
  abandon(error: Error): void {
    const { writer, rehearsal } = this.#current ?? {};
    this.#replace(undefined);
    writer?.abandon(error);
    rehearsal?.abandon(error);
  }

  #replace(assembly: Assembly | undefined): void {
    clearTimeout(this.#timer);
    this.#outdated.clear();
    this.#current = assembly;
    this.#replaced.resolve();
    this.#replaced = Promise.withResolvers();
  }

  #want(): void {
    this.#wanted++;
    if (!this.#isMaking) this.#makeWanted().catch(this.#parts.onFailure);
  }

  async #makeWanted(): Promise<void> {
    this.#isMaking = true;
    try {
      for (let made = -1; made !== this.#wanted; ) {
        // Reasons come in swarms; only the last of them is worth it.
        await Promise.resolve();
        made = this.#wanted;
        const assembly = await this.#parts.make();
        if (assembly && made === this.#wanted) this.#use(assembly);
      }
    } finally {
      this.#isMaking = false;
    }
  }

  #use(assembly: Assembly): void {
    const { readiness, tell } = this.#parts;
    this.abandon(
      new UnavailableError(
        'dropped',
        'something was dropped; send the points again',
        RETRY_SECONDS,
      ),
    );
    this.#replace(assembly);
    tell(assembly);
    readiness.satisfy('parser');
  }
}
