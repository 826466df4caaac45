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

/** What a write asks for, in whatever dialect. */
export interface WriteParameters {
  readonly database: string;
  /** Nanoseconds that one unit of a timestamp stands for. */
  readonly precisionNs: bigint;
}

/** Reads the parameters of a write, each at most once and none that is not known: a misspelt precision would move every point. */
export class ParameterReader {
  readonly #query: URLSearchParams;

  /** @throws RequestError for a parameter that is unknown or given twice */
  constructor(query: URLSearchParams, known: readonly string[]) {
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

  /** @throws RequestError when it is missing or no name of a database */
  database(parameter: string): string {
    const name = this.#query.get(parameter);
    if (name === null || name === '') {
      throw new RequestError(
        400,
        `parameter ${parameter} is missing: the database to write to, such as ?${parameter}=mydb`,
      );
    }
    return checkDatabaseName(name, parameter);
  }

  /**
   * Nanoseconds of one unit; of a nanosecond when the parameter is not given.
   * @throws RequestError for one that is unknown
   */
  precision(parameter: string): bigint {
    const text = this.#query.get(parameter);
    if (text === null || text === '') return NS;
    const precision = PRECISIONS_NS.get(text);
    if (precision === undefined) {
      throw new RequestError(
        400,
        `${parameter} is ${quoted(text)}; valid is one of ns, us, ms, s, m, h`,
      );
    }
    return precision;
  }
}

/**
 * Gives the name back when a database may have it.
 * @param what stands for it in the error, such as the name of a parameter
 * @throws RequestError
 */
export function checkDatabaseName(name: string, what: string): string {
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
