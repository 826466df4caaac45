import type { Field, FieldType } from '@overseer/shared/field-type';
import { checkSeed } from '@overseer/shared/series-key';
import { LineError, type TimeBounds } from './line-error.ts';
import type { ParserLimits } from './parser-limits.ts';
import {
  Fault,
  parseStatement,
  type ReferenceBody,
  type ReferenceValue,
  type Statement,
} from './reference-statement.ts';
import { sipHash24 } from './siphash.ts';

/**
 * The line-protocol parser as one would write it first: a line after the other, an object a point, no state but what is defined.
 * It says what the parser in wasm must do; tests run both on the same cases and on random input.
 */

export interface ReferencePoint {
  readonly measurement: string;
  readonly series: bigint;
  readonly partition: number;
  /** Canonical key (docs/contracts.md), each byte a character. */
  readonly key: string;
  readonly timeNs: bigint;
  readonly fields: ReadonlyMap<string, ReferenceValue>;
}

export interface ReferenceOptions {
  readonly seed: Uint8Array;
  readonly partitions: number;
  readonly limits: ParserLimits;
  readonly idBits: number;
}

export interface ReferenceOutcome {
  readonly points: ReferencePoint[];
  readonly errors: LineError[];
}

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** Unknown fields are defined by the first valid line that has them. */
export class ReferenceParser {
  readonly #options: ReferenceOptions;
  /** Types of fields by database, measurement and name. */
  readonly #databases = new Map<string, Map<string, Map<string, FieldType>>>();
  readonly #keysById = new Map<bigint, string>();
  readonly #checksById = new Map<bigint, bigint>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  defineFields(database: string, measurement: string, fields: Iterable<Field>): void {
    const measurements = this.#measurementsOf(database);
    const types = measurements.get(measurement) ?? new Map<string, FieldType>();
    measurements.set(measurement, types);
    for (const { name, type } of fields) types.set(name, type);
  }

  #measurementsOf(database: string): Map<string, Map<string, FieldType>> {
    const measurements = this.#databases.get(database) ?? new Map();
    this.#databases.set(database, measurements);
    return measurements;
  }

  /** The id belongs to the key with this check. */
  refuse(series: bigint, check: bigint): void {
    this.#checksById.set(series, check);
  }

  parse(body: Uint8Array, options: ReferenceBody): ReferenceOutcome {
    const text = Buffer.from(body).toString('latin1');
    const points: ReferencePoint[] = [];
    const errors: LineError[] = [];
    let at = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    let line = 1;
    const { linesMax = Number.POSITIVE_INFINITY } = options;
    while (at < text.length) {
      if (text[at] === '#') {
        at = endOfLine(text, at) + 1;
        line++;
        continue;
      }
      const blank = /^(?:[ \t]|\r?\n|\r$)/.exec(text.slice(at, at + 2))?.[0];
      if (blank) {
        at += blank.length;
        if (blank.endsWith('\n')) line++;
        continue;
      }
      const extent = findExtent(text, at, this.#options.limits.lineBytesMax);
      try {
        if (extent.fault) throw extent.fault;
        if (line > linesMax) throw new Fault('too-many-lines', 0, 0, linesMax);
        points.push(this.#readPoint(text.slice(at, extent.end), options));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        errors.push(lineError(body, options, line, at, extent.end, error));
      }
      line += text.slice(at, extent.next).split('\n').length - 1;
      at = extent.next;
    }
    return { points, errors };
  }

  #readPoint(text: string, options: ReferenceBody): ReferencePoint {
    const { limits, seed, idBits, partitions } = this.#options;
    const statement = parseStatement(text, options, limits, (key) => {
      const id = this.#idOf(key.canonical, seed, idBits);
      const types = this.#measurementsOf(options.database).get(key.measurement);
      if (types) this.#checkCollision(id, key.canonical, key.length);
      return types;
    });
    const { key, fields, timeNs } = statement;
    this.#define(options.database, statement);
    const series = this.#idOf(key.canonical, seed, idBits);
    this.#checkCollision(series, key.canonical, key.length);
    return {
      measurement: key.measurement,
      series,
      partition: Number(series >> BigInt(64 - Math.log2(partitions))),
      key: key.canonical,
      timeNs,
      fields,
    };
  }

  #idOf(key: string, seed: Uint8Array, idBits: number): bigint {
    return BigInt.asUintN(idBits, sipHash24(seed, Buffer.from(key, 'latin1')));
  }

  #checkCollision(id: bigint, key: string, keyLength: number): void {
    const owner = this.#keysById.get(id);
    const check = this.#checksById.get(id);
    const isForeign =
      check !== undefined &&
      check !== sipHash24(checkSeed(this.#options.seed), Buffer.from(key, 'latin1'));
    if (isForeign || (owner !== undefined && owner !== key)) {
      throw new Fault('series-collision', 0, keyLength);
    }
    this.#keysById.set(id, key);
  }

  /** Defines the fields of a valid line that are unknown, if limits allow. */
  #define(database: string, { key, fields }: Statement): void {
    const { fieldsMax, measurementsMax } = this.#options.limits;
    const measurements = this.#measurementsOf(database);
    const known = measurements.get(key.measurement);
    const unknown = [...fields].filter(([field]) => !known?.has(field));
    if (unknown.length === 0) return;
    const count = (known?.size ?? 0) + unknown.length;
    if (count > fieldsMax) throw new Fault('too-many-fields', 0, 0, fieldsMax, count);
    const total = measurements.size + 1;
    if (!known && total > measurementsMax) {
      throw new Fault('too-many-measurements', 0, 0, measurementsMax, total);
    }
    const added = unknown.map(([field, { type }]) => ({ name: field, type }));
    this.defineFields(database, key.measurement, added);
  }
}

interface Extent {
  /** Behind the last byte of the statement. */
  readonly end: number;
  /** Where parsing goes on. */
  readonly next: number;
  readonly fault: Fault | undefined;
}

/**
 * Where a statement ends: at the first newline outside of strings, if that is near enough. What stands behind the byte that must be
 * the newline of the longest line tells nothing.
 */
function findExtent(body: string, start: number, lineBytesMax: number): Extent {
  const reach = start + lineBytesMax;
  const text = body.slice(0, reach + 1);
  const key = /^(?:\\ |[^ \n])*/.exec(text.slice(start))?.[0] ?? '';
  let at = start + key.length;
  while (at < text.length && text[at] !== '\n') {
    if (text[at] !== '=' || text[at + 1] !== '"' || text[at - 1] === '\\') {
      at++;
      continue;
    }
    const close = findClosingQuote(text, at + 2);
    if (close === undefined) {
      const end = endOfLine(body, start);
      return { end, next: end + 1, fault: new Fault('unterminated-string', 0, 0) };
    }
    at = close + 1;
  }
  if (at <= reach) return { end: at, next: at + 1, fault: undefined };
  return {
    end: reach,
    next: endOfLine(body, reach) + 1,
    fault: new Fault('line-too-long', 0, 0, lineBytesMax, 0),
  };
}

function findClosingQuote(text: string, start: number): number | undefined {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++;
  }
  return undefined;
}

function endOfLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline;
}

function lineError(
  body: Uint8Array,
  bounds: TimeBounds,
  line: number,
  start: number,
  end: number,
  fault: Fault,
): LineError {
  return new LineError(body, {
    line,
    code: fault.code,
    start,
    end,
    subjectStart: start + fault.start,
    subjectEnd: start + fault.end,
    expected: fault.expected,
    actual: fault.actual,
    bounds,
  });
}
