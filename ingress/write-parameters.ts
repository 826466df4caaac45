import { DATABASE_NAME_BYTES_MAX } from '@overseer/shared';
import { RequestError } from './errors.ts';

const NS = 1n;
const US = 1000n;
const MS = 1_000_000n;
const S = 1_000_000_000n;

/** Nanoseconds of one unit of a timestamp, by the spellings of InfluxDB 1.x, 2.x and 3. */
const PRECISIONS_NS: ReadonlyMap<string, bigint> = new Map([
  ['n', NS],
  ['ns', NS],
  ['nanosecond', NS],
  ['u', US],
  ['us', US],
  ['\u00b5', US],
  ['\u00b5s', US],
  ['\u03bc', US],
  ['\u03bcs', US],
  ['microsecond', US],
  ['ms', MS],
  ['millisecond', MS],
  ['s', S],
  ['second', S],
  ['m', 60n * S],
  ['minute', 60n * S],
  ['h', 3600n * S],
  ['hour', 3600n * S],
]);

/** The parser's number for a unit that the size of each timestamp tells. */
const AUTO_NS = 0n;

/** Taken with every dialect; `p` is the token, as Access reads it. */
const CREDENTIALS: readonly string[] = ['u', 'p'];

/** What a write asks for, in whatever dialect. */
export interface WriteParameters {
  readonly database: string;
  /** Nanoseconds that one unit of a timestamp stands for; 0 when the size of each timestamp is to tell it. */
  readonly precisionNs: bigint;
  /** Whether one bad line keeps all lines from being written. */
  readonly atomic: boolean;
}

/** Reads the parameters of a write, each at most once and none that is not known: a misspelt precision would move every point. */
export class ParameterReader {
  readonly #query: URLSearchParams;

  /** @throws RequestError for a parameter that is unknown or given twice */
  constructor(query: URLSearchParams, own: readonly string[]) {
    const known = [...own, ...CREDENTIALS];
    const unknown = new Set(query.keys()).difference(new Set(known));
    if (unknown.size > 0) {
      throw new RequestError(
        400,
        `unknown parameter ${[...unknown].map(quoted).join(', ')}; known are ${known.join(', ')}`,
      );
    }
    for (const name of known) {
      if (query.getAll(name).length > 1) {
        throw new RequestError(400, `parameter ${name} is given more than once`);
      }
    }
    this.#query = query;
  }

  /** Its value; empty when it is not given. */
  text(parameter: string): string {
    return this.#query.get(parameter) ?? '';
  }

  /** @throws RequestError when it is missing or no name of a database */
  database(parameter: string): string {
    const name = this.text(parameter);
    if (name === '') {
      throw new RequestError(
        400,
        `parameter ${parameter} is missing: the database to write to, such as ?${parameter}=mydb`,
      );
    }
    return checkDatabaseName(name, parameter);
  }

  /** @throws RequestError when it is neither true nor false */
  boolean(parameter: string, unlessGiven: boolean): boolean {
    const text = this.text(parameter);
    if (text === '') return unlessGiven;
    if (text !== 'true' && text !== 'false') {
      throw new RequestError(400, `${parameter} is ${quoted(text)}; valid is true or false`);
    }
    return text === 'true';
  }

  /**
   * Nanoseconds of one unit, by `precision`; of a nanosecond when it is not given.
   * @throws RequestError for one that is unknown
   */
  precision(): bigint {
    const text = this.text('precision');
    return text === '' ? NS : spelledPrecision(text, 'ns, us, ms, s, m, h');
  }

  /** As `precision`, but `auto` is valid as well, and what counts when it is not given. */
  precisionOrAuto(): bigint {
    const text = this.text('precision');
    if (text === '' || text === 'auto') return AUTO_NS;
    return spelledPrecision(text, 'auto, ns, us, ms, s, m, h');
  }
}

/** @throws RequestError when there is no such spelling */
function spelledPrecision(text: string, valid: string): bigint {
  const precision = PRECISIONS_NS.get(text);
  if (precision !== undefined) return precision;
  throw new RequestError(400, `precision is ${quoted(text)}; valid is one of ${valid}`);
}

/**
 * Gives the name back when a database may have it.
 * @param what stands for it in the error, such as the name of a parameter
 * @throws RequestError
 */
export function checkDatabaseName(name: string, what: string): string {
  if (name === '') throw new RequestError(400, `${what} is empty`);
  // URLs are decoded with a replacement character for what is no UTF-8.
  if (/[\0\ufffd]/.test(name)) {
    throw new RequestError(400, `${what} is ${quoted(name)}; it must be UTF-8 without NUL`);
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > DATABASE_NAME_BYTES_MAX) {
    throw new RequestError(
      400,
      `${what} has ${bytes} bytes, the limit is ${DATABASE_NAME_BYTES_MAX}: ${quoted(name)}`,
    );
  }
  return name;
}

/** Long enough to recognise what was sent. */
const QUOTED_LENGTH_MAX = 100;

/** What a client sent, in quotes and cut short, for an error. */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text,
  );
}
