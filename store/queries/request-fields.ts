import { AnswerError } from '@overseer/shared';

/** Times that points can have: the nanoseconds of an int64, in milliseconds. */
const TIME_MAX_MS = 9_223_372_036_854;
const TIME_MIN_NS = -(2n ** 63n);
const TIME_MAX_NS = 2n ** 63n - 1n;
/** Of the error's own words: what the asker sent is cut there. */
const QUOTED_LENGTH_MAX = 64;

/**
 * The fields of a request, each checked when it is read. Integers beyond 32 bits come as bigint from the decoder.
 * All throw AnswerError bad_data, which names the field, what it has and what is valid.
 */
export class RequestFields {
  constructor(private readonly request: Readonly<Record<string, unknown>>) {}

  has(name: string): boolean {
    const value = this.request[name];
    return value !== undefined && value !== null;
  }

  text(name: string, lengthMax: number): string {
    const value = this.request[name];
    if (typeof value === 'string' && value.length > 0 && value.length <= lengthMax) return value;
    throw this.#invalid(name, `text of 1 to ${lengthMax} characters`);
  }

  /** @param lengthMax of all together */
  texts(name: string, countMax: number, lengthMax: number): readonly string[] {
    const values = this.list(name, countMax);
    let length = 0;
    for (const value of values) {
      length += typeof value === 'string' && value !== '' ? value.length : Number.NaN;
    }
    if (length <= lengthMax) return values as readonly string[];
    throw this.#invalid(
      name,
      `a list of texts that are not empty, of ${lengthMax} characters together`,
    );
  }

  list(name: string, countMax: number): readonly unknown[] {
    const value = this.request[name];
    if (Array.isArray(value) && value.length <= countMax) return value;
    throw this.#invalid(name, `a list of at most ${countMax}`);
  }

  /** Milliseconds since 1970. */
  timeMs(name: string): number {
    const value = this.#integer(name);
    if (value !== undefined && Math.abs(value) <= TIME_MAX_MS) return value;
    throw this.#invalid(
      name,
      `whole milliseconds since 1970, from -${TIME_MAX_MS} to ${TIME_MAX_MS}`,
    );
  }

  optionalTimeMs(name: string): number | undefined {
    return this.has(name) ? this.timeMs(name) : undefined;
  }

  /** Nanoseconds since 1970, as an int64 has them. */
  optionalTimeNs(name: string): bigint | undefined {
    if (!this.has(name)) return undefined;
    const value = this.request[name];
    const timeNs = Number.isSafeInteger(value) ? BigInt(value as number) : value;
    if (typeof timeNs === 'bigint' && timeNs >= TIME_MIN_NS && timeNs <= TIME_MAX_NS) return timeNs;
    throw this.#invalid(
      name,
      `whole nanoseconds since 1970, from ${TIME_MIN_NS} to ${TIME_MAX_NS}`,
    );
  }

  /** A length of time, at least a millisecond. */
  durationMs(name: string): number {
    const value = this.#integer(name);
    if (value !== undefined && value >= 1 && value <= TIME_MAX_MS) return value;
    throw this.#invalid(name, `whole milliseconds from 1 to ${TIME_MAX_MS}`);
  }

  optionalDurationMs(name: string): number | undefined {
    return this.has(name) ? this.durationMs(name) : undefined;
  }

  optionalCount(name: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#integer(name);
    if (value !== undefined && value >= 1 && value <= max) return value;
    const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
    throw this.#invalid(name, `a whole number from 1${upTo}`);
  }

  /** A map within the request; an empty one when it is absent. */
  optionalFields(name: string): RequestFields {
    if (!this.has(name)) return new RequestFields({});
    const value = this.request[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new RequestFields({ ...value });
    }
    throw this.#invalid(name, 'a map');
  }

  #integer(name: string): number | undefined {
    const value = this.request[name];
    const number = typeof value === 'bigint' ? Number(value) : value;
    return Number.isSafeInteger(number) ? (number as number) : undefined;
  }

  #invalid(name: string, valid: string): AnswerError {
    return new AnswerError(
      'bad_data',
      `${name} is ${quoted(this.request[name])}; valid is ${valid}`,
    );
  }
}

/** What is within lists and maps is not shown: it may be a million lists, one within the other. */
function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value !== 'string') return String(value);
  const isLong = value.length > QUOTED_LENGTH_MAX;
  return isLong ? `${JSON.stringify(value.slice(0, QUOTED_LENGTH_MAX))}…` : JSON.stringify(value);
}
