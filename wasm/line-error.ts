import { fieldTypeOfCode } from '@overseer/shared/field-type';
import { LIMIT_SETTINGS } from './parser-limits.ts';

/** Why a line was rejected, in the order of their numbers in assembly/parser/layout.ts, from 1. */
export const LINE_ERROR_CODES = [
  'missing-measurement',
  'missing-tag-key',
  'missing-tag-value',
  'invalid-tag-value',
  'duplicate-tag',
  'missing-fields',
  'missing-field-key',
  'missing-field-value',
  'invalid-value',
  'number-out-of-range',
  'unterminated-string',
  'type-conflict',
  'invalid-timestamp',
  'timestamp-out-of-range',
  'invalid-utf8',
  'nul',
  'series-collision',
  'line-too-long',
  'series-key-too-long',
  'string-too-long',
  'name-too-long',
  'too-many-tags',
  'too-many-fields',
  'too-many-measurements',
  'catalogue-full',
  'timestamp-too-old',
  'timestamp-too-new',
  'too-many-lines',
  'too-many-series',
] as const;

export type LineErrorCode = (typeof LINE_ERROR_CODES)[number];

/** What the timestamps of lines must lie between, in nanoseconds since 1970; no bound when it is not given. */
export interface TimeBounds {
  readonly oldestNs?: bigint | undefined;
  /** What gives the former, when it is not the setting. */
  readonly oldestLimit?: string | undefined;
  readonly newestNs?: bigint | undefined;
}

/** Where a rejected line stands in its body, and what is wrong with it; offsets in bytes. */
export interface LineErrorDetails {
  /** Number of its first physical line, from 1. */
  readonly line: number;
  readonly code: LineErrorCode;
  readonly start: number;
  readonly end: number;
  /** The name or value at fault; empty when it is the line. */
  readonly subjectStart: number;
  readonly subjectEnd: number;
  /** Type codes (of a number out of range: its own; of a conflict: the defined one), or the limit. */
  readonly expected: number;
  /** The type that the line has, or what exceeds the limit; 0 when it was not counted to the end. */
  readonly actual: number;
  readonly bounds: TimeBounds;
}

/** Offending text is cut to this. */
const TEXT_CHARACTERS_MAX = 100;
const CHARACTER_BYTES_MAX = 4;
const CARRIAGE_RETURN = 0x0d;
const NS_PER_MS = 1_000_000n;

const text = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A rejected line. Its texts are made when they are asked for, out of the body, which must be unchanged then.
 */
export class LineError {
  readonly #body: Uint8Array;
  readonly #details: LineErrorDetails;

  constructor(body: Uint8Array, details: LineErrorDetails) {
    this.#body = body;
    this.#details = details;
  }

  /** Number of its first physical line, from 1. */
  get line(): number {
    return this.#details.line;
  }

  get code(): LineErrorCode {
    return this.#details.code;
  }

  /** The line without its end, cut to 100 characters. */
  get text(): string {
    const { start, end } = this.#details;
    const endsInReturn = end > start && this.#body[end - 1] === CARRIAGE_RETURN;
    return this.#cut(start, endsInReturn ? end - 1 : end);
  }

  /** What is wrong, in one sentence that names what it is wrong with. */
  get message(): string {
    const { code, expected, actual, bounds, subjectStart, subjectEnd } = this.#details;
    return describe(code, {
      subject: JSON.stringify(this.#cut(subjectStart, subjectEnd)),
      measurement: JSON.stringify(this.#measurement),
      expected,
      actual,
      bounds,
    });
  }

  toJSON(): { line: number; code: LineErrorCode; message: string; text: string } {
    return { line: this.line, code: this.code, message: this.message, text: this.text };
  }

  /** The measurement as the line writes it. */
  get #measurement(): string {
    return /^(?:\\[\s\S]|[^\\, \n])*/.exec(this.text)?.[0] ?? '';
  }

  #cut(start: number, end: number): string {
    const cutEnd = Math.min(end, start + TEXT_CHARACTERS_MAX * CHARACTER_BYTES_MAX);
    return Array.from(text.decode(this.#body.subarray(start, cutEnd)))
      .slice(0, TEXT_CHARACTERS_MAX)
      .join('');
  }
}

interface Circumstances {
  readonly subject: string;
  readonly measurement: string;
  readonly expected: number;
  readonly actual: number;
  readonly bounds: TimeBounds;
}

function describe(code: LineErrorCode, circumstances: Circumstances): string {
  const { subject, measurement, expected, actual, bounds } = circumstances;
  switch (code) {
    case 'missing-measurement':
      return 'the measurement is missing';
    case 'missing-tag-key':
      return 'a tag has no key';
    case 'missing-tag-value':
      return `tag ${subject} has no value`;
    case 'invalid-tag-value':
      return `the value of tag ${subject} has an equals sign; escape it with a backslash`;
    case 'duplicate-tag':
      return `tag ${subject} is there twice`;
    case 'missing-fields':
      return 'the line has no fields';
    case 'missing-field-key':
      return 'a field has no name';
    case 'missing-field-value':
      return `field ${subject} has no value`;
    case 'invalid-value':
      return `${subject} is no value: neither a number, a boolean nor a quoted string`;
    case 'number-out-of-range':
      return `${subject} is out of the range of ${describeType(expected)}`;
    case 'unterminated-string':
      return 'a string has no closing quote';
    case 'type-conflict':
      return `field ${subject} of measurement ${measurement} is ${describeType(expected)}, not ${describeType(actual)}`;
    case 'invalid-timestamp':
      return `${subject} is no timestamp, or something follows it`;
    case 'timestamp-out-of-range':
      return `timestamp ${subject} is out of the range of 64-bit nanoseconds in the precision of the request`;
    case 'invalid-utf8':
      return `${subject} is no well-formed UTF-8`;
    case 'nul':
      return `${subject} holds a NUL byte, which PostgreSQL can't store`;
    case 'series-collision':
      return `the series id of ${subject} belongs to another series; change a tag`;
    case 'line-too-long':
      return `the line has more bytes than ${expected}, the limit ${LIMIT_SETTINGS.lineBytesMax}`;
    case 'series-key-too-long':
      return `the series key ${subject} has ${actual} bytes; the limit ${LIMIT_SETTINGS.seriesKeyBytesMax} is ${expected}`;
    case 'string-too-long':
      return `the string ${subject} has ${actual} bytes; the limit ${LIMIT_SETTINGS.stringBytesMax} is ${expected}`;
    case 'name-too-long':
      return `the name ${subject} has ${actual} bytes; the limit of all names is ${expected}`;
    case 'too-many-tags':
      return `the line has more tags than ${expected}, the limit of any line; ${subject} is the first beyond`;
    case 'too-many-fields':
      return actual === 0
        ? `the line has more fields than ${expected}, the limit ${LIMIT_SETTINGS.fieldsMax}; ${subject} is the first beyond`
        : `measurement ${measurement} would have ${actual} fields with this line; the limit ${LIMIT_SETTINGS.fieldsMax} is ${expected}`;
    case 'too-many-measurements':
      return `measurement ${measurement} would be one more than ${expected} of its database, the limit ${LIMIT_SETTINGS.measurementsMax}`;
    case 'catalogue-full':
      return `the names of ${measurement} and its fields don't fit: all names together are limited to ${expected} bytes`;
    case 'timestamp-too-old':
      return `timestamp ${subject} is before ${describeTime(bounds.oldestNs)}, the oldest that ${bounds.oldestLimit ?? LIMIT_SETTINGS.oldestNs} allows; or the precision of the request is another`;
    case 'timestamp-too-new':
      return `timestamp ${subject} is after ${describeTime(bounds.newestNs)}, the newest that ${LIMIT_SETTINGS.newestNs} allows; or the precision of the request is another`;
    case 'too-many-lines':
      return `the body has more lines than ${expected}, the limit ${LIMIT_SETTINGS.linesMax}; send it in parts`;
    case 'too-many-series':
      return `series ${subject} would be one more than ${expected} of its database, the limit ${LIMIT_SETTINGS.seriesMax}`;
  }
}

function describeType(code: number): string {
  return fieldTypeOfCode(code) ?? `type ${code}`;
}

/** To the millisecond. */
function describeTime(timeNs: bigint | undefined): string {
  if (timeNs === undefined) throw new Error('a timestamp is beyond a bound that was not given');
  return new Date(Number(timeNs / NS_PER_MS)).toISOString();
}
