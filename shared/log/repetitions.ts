/**
 * What is logged again and again is counted instead. A client or an outage can make the same trouble a thousand times a second, and a
 * line is written at once, while everything else waits.
 */

/** How long lines are counted before the count is told. */
export const WINDOW_MS = 10_000;
/** A trouble (warn, error) is told so often within a window: more than once, because two of a kind can differ in a number. */
export const TROUBLES_MAX = 3;
/** Other lines; each is about something else. */
export const NEWS_MAX = 100;
/** Kinds of lines that are told apart; those of further kinds are counted together. */
export const KINDS_MAX = 200;

const WARN = 40;
const FATAL = 60;
/** More of a text does not tell kinds apart. */
const TEXT_CHARACTERS_MAX = 200;

/** Writes the line with a count. @param reason of the first of these lines: the message of its error */
export type TellCount = (count: number, seconds: number, reason: string | undefined) => void;

/** Writes how many lines of further kinds there were. @param level the highest of theirs */
export type TellOthers = (level: number, count: number, seconds: number) => void;

interface Kind {
  readonly reason: string | undefined;
  readonly tell: TellCount;
  /** Within this window. */
  told: number;
  counted: number;
  sinceMs: number;
}

/** Those with open windows, for the end of the process. */
const open = new Set<Repetitions>();
let isEndWatched = false;

export class Repetitions {
  readonly #kinds = new Map<string, Kind>();
  readonly #tellOthers: TellOthers;
  #others = { count: 0, level: 0, sinceMs: 0 };
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(tellOthers: TellOthers) {
    this.#tellOthers = tellOthers;
  }

  /**
   * Whether a line is to be written; otherwise it is counted.
   * @param level as pino numbers them
   * @param details what is logged beside the message
   * @param tell writes the count of lines like this one
   */
  takes(level: number, message: string, details: unknown, tell: TellCount): boolean {
    // The process ends with it.
    if (level >= FATAL) return true;
    const isTrouble = level >= WARN;
    const reason = isTrouble ? reasonOf(details) : undefined;
    const key = `${level} ${message} ${isTrouble ? wordsOf(details, reason) : ''}`.replace(
      /\d+/g,
      '#',
    );
    const known = this.#kinds.get(key);
    if (known) {
      if (known.told < (isTrouble ? TROUBLES_MAX : NEWS_MAX)) {
        known.told++;
        return true;
      }
      known.counted++;
      return false;
    }
    const sinceMs = performance.now();
    if (this.#kinds.size >= KINDS_MAX) {
      const { count, level: highest, sinceMs: before } = this.#others;
      this.#others = {
        count: count + 1,
        level: Math.max(level, highest),
        sinceMs: count === 0 ? sinceMs : before,
      };
      return false;
    }
    this.#kinds.set(key, { reason, tell, told: 1, counted: 0, sinceMs });
    this.#open();
    return true;
  }

  /** Tells what was counted. What did not repeat is forgotten; of what did, the next window begins. */
  flush(): void {
    const nowMs = performance.now();
    for (const [key, kind] of this.#kinds) {
      if (kind.counted === 0) {
        this.#kinds.delete(key);
        continue;
      }
      kind.tell(kind.counted, secondsBetween(kind.sinceMs, nowMs), kind.reason);
      kind.counted = 0;
      kind.sinceMs = nowMs;
    }
    const { count, level, sinceMs } = this.#others;
    this.#others = { count: 0, level: 0, sinceMs: 0 };
    if (count > 0) this.#tellOthers(level, count, secondsBetween(sinceMs, nowMs));
    if (this.#kinds.size === 0) this.#close();
  }

  #open(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.flush(), WINDOW_MS);
    this.#timer.unref();
    open.add(this);
    watchEnd();
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    open.delete(this);
  }
}

function watchEnd(): void {
  if (isEndWatched) return;
  isEndWatched = true;
  process.on('exit', tellCounts);
}

/** Writes what was counted of all that repeated, at once: before a log is no longer sent anywhere. */
export function tellCounts(): void {
  for (const repetitions of open) repetitions.flush();
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(1, Math.round((toMs - fromMs) / 1000));
}

function errorOf(details: unknown): unknown {
  if (details instanceof Error) return details;
  return typeof details === 'object' && details !== null && 'err' in details
    ? details.err
    : undefined;
}

function reasonOf(details: unknown): string | undefined {
  const error = errorOf(details);
  return error instanceof Error ? error.message.slice(0, TEXT_CHARACTERS_MAX) : undefined;
}

/** What tells troubles of one message apart: the error, and texts beside it. Numbers don't. */
function wordsOf(details: unknown, reason: string | undefined): string {
  if (typeof details !== 'object' || details === null) return '';
  const error = errorOf(details);
  let words = '';
  if (error instanceof Error) {
    words = `${error.name} ${'code' in error ? String(error.code) : ''} ${reason}`;
  }
  if (error === details) return words;
  for (const value of Object.values(details)) {
    if (typeof value === 'string') words += ` ${value.slice(0, TEXT_CHARACTERS_MAX)}`;
  }
  return words;
}
