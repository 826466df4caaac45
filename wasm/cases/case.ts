import type { FieldType } from '@overseer/shared/field-type';
import type { LineErrorCode, TimeBounds } from '../line-error.ts';
import type { ParserLimits } from '../parser-limits.ts';

/** A number is a float, a bigint an integer. */
export type ExpectedValue = number | bigint | boolean | string | { readonly unsigned: bigint };

export interface ExpectedPoint {
  readonly measurement: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, ExpectedValue>>;
  /** NOW_NS when it is not given. */
  readonly time?: bigint;
}

export interface ExpectedError {
  readonly line: number;
  readonly code: LineErrorCode;
  /** What the message must name. */
  readonly names?: string;
}

export interface Case extends TimeBounds {
  readonly name: string;
  /** Text, or bytes where text could not hold them. */
  readonly body: string | Uint8Array;
  /** Nanoseconds of a unit of the timestamps. */
  readonly precision?: bigint;
  readonly linesMax?: number;
  readonly limits?: Partial<ParserLimits>;
  readonly defined?: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  readonly points?: readonly ExpectedPoint[];
  readonly errors?: readonly ExpectedError[];
}

export const NOW_NS = 1_700_000_000_123_456_789n;

export const unsigned = (value: bigint) => ({ unsigned: value });
export const m = (fields: Readonly<Record<string, ExpectedValue>>, time?: bigint): ExpectedPoint =>
  time === undefined ? { measurement: 'm', fields } : { measurement: 'm', fields, time };
export const error = (code: LineErrorCode, line = 1, names?: string): ExpectedError =>
  names === undefined ? { line, code } : { line, code, names };
export const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])),
  );

/** One value of field f, as text and as what it is. */
export const value = (text: string, expected: ExpectedValue): Case => ({
  name: `value ${text}`,
  body: `m f=${text} 1`,
  points: [m({ f: expected }, 1n)],
});
export const badValue = (text: string, code: LineErrorCode, names?: string): Case => ({
  name: `value ${text}`,
  body: `m f=${text} 1\nm ok=1 2`,
  points: [m({ ok: 1 }, 2n)],
  errors: [error(code, 1, names)],
});
/** A bad line between two good ones, which must stay as they are. */
export const badLine = (name: string, line: string, code: LineErrorCode, names?: string): Case => ({
  name,
  body: `m ok=1 1\n${line}\nm ok=2 3\n`,
  points: [m({ ok: 1 }, 1n), m({ ok: 2 }, 3n)],
  errors: [error(code, 2, names)],
});
