import { type FieldType, fieldTypeCode } from '@overseer/shared/field-type';
import type { LineErrorCode, TimeBounds } from './line-error.ts';
import type { ParserLimits } from './parser-limits.ts';

export interface ReferenceValue {
  readonly type: FieldType;
  readonly value: number | bigint | boolean | string;
}

/** How lines of a body are to be read. */
export interface ReferenceBody extends TimeBounds {
  readonly database: string;
  /** Nanoseconds of one unit of the timestamps; 0: told from each. */
  readonly precision: bigint;
  readonly nowNs: bigint;
  /** Most physical lines. */
  readonly linesMax?: number | undefined;
}

/** What is wrong with a statement; offsets in it of what it is wrong with. */
export class Fault extends Error {
  constructor(
    readonly code: LineErrorCode,
    readonly start: number,
    readonly end: number,
    readonly expected = 0,
    readonly actual = 0,
  ) {
    super(code);
  }
}

export interface StatementKey {
  /** How much of the statement it is. */
  readonly length: number;
  readonly measurement: string;
  readonly canonical: string;
}

/** A line that is valid as such. */
export interface Statement {
  readonly key: StatementKey;
  readonly fields: ReadonlyMap<string, ReferenceValue>;
  readonly timeNs: bigint;
}

type TypesOf = (key: StatementKey) => ReadonlyMap<string, FieldType> | undefined;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses one statement, every character of which is a byte.
 * @param typesOf called once the key is read; may throw a Fault
 * @throws Fault
 */
export function parseStatement(
  text: string,
  body: ReferenceBody,
  limits: ParserLimits,
  typesOf: TypesOf,
): Statement {
  const key = parseKey(text, body.database, limits);
  const types = typesOf(key);
  let at = skipSpaces(text, key.length);
  if (isEnd(text, at)) throw new Fault('missing-fields', 0, key.length);
  const fields = new Map<string, ReferenceValue>();
  let conflict: Fault | undefined;
  for (;;) {
    const field = parseField(text, at, limits);
    const earlier = fields.get(field.name)?.type;
    const defined = types?.get(field.name) ?? earlier;
    if (defined !== undefined && defined !== field.value.type) {
      const found = fieldTypeCode(field.value.type);
      conflict ??= new Fault('type-conflict', at, field.nameEnd, fieldTypeCode(defined), found);
    }
    fields.set(field.name, field.value);
    if (fields.size > limits.fieldsMax) {
      throw new Fault('too-many-fields', at, field.nameEnd, limits.fieldsMax, 0);
    }
    at = field.end;
    if (text[at] !== ',') break;
    at++;
  }
  const timeNs = parseTime(text, skipSpaces(text, at), body);
  // Last: what else is wrong with a line must not depend on what happens to be defined.
  if (conflict) throw conflict;
  return { key, fields, timeNs };
}

function parseKey(text: string, database: string, limits: ParserLimits): StatementKey {
  const end = /^(?:\\ |[^ ])*/.exec(text)?.[0].length ?? 0;
  const measurementEnd = nameEnd(text, 0, end, ', ');
  if (measurementEnd === 0) throw new Fault('missing-measurement', 0, end);
  const tags: { key: string; value: string; start: number; end: number }[] = [];
  let at = measurementEnd;
  while (at < end) {
    const start = at + 1;
    const stop = nameEnd(text, start, end, ',= ');
    if (stop === start) throw new Fault('missing-tag-key', start, start);
    if (text[stop] !== '=' || stop === end) throw new Fault('missing-tag-value', start, stop);
    const valueEnd = nameEnd(text, stop + 1, end, ',= ');
    if (text[valueEnd] === '=' && valueEnd < end) throw new Fault('invalid-tag-value', start, stop);
    if (valueEnd === stop + 1) throw new Fault('missing-tag-value', start, stop);
    if (tags.length === limits.tagsMax) {
      throw new Fault('too-many-tags', start, stop, limits.tagsMax, 0);
    }
    const key = withoutEscapes(text.slice(start, stop), ',= ');
    const value = withoutEscapes(text.slice(stop + 1, valueEnd), ',= ');
    tags.push({ key, value, start, end: stop });
    at = valueEnd;
  }
  checkText(text, 0, end);
  const measurement = withoutEscapes(text.slice(0, measurementEnd), ', ');
  checkName(measurement, 0, measurementEnd, limits);
  for (const tag of tags) checkName(tag.key, tag.start, tag.end, limits);
  const databaseBytes = Buffer.from(database).toString('latin1');
  tags.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const parts = [databaseBytes, measurement, ...tags.flatMap(({ key, value }) => [key, value])];
  const canonical = parts.join('\0');
  if (canonical.length > limits.seriesKeyBytesMax) {
    const { seriesKeyBytesMax } = limits;
    throw new Fault('series-key-too-long', 0, end, seriesKeyBytesMax, canonical.length);
  }
  const twice = tags.find((tag, i) => tags[i - 1]?.key === tag.key);
  if (twice) throw new Fault('duplicate-tag', twice.start, twice.end);
  return { length: end, measurement: decode(measurement), canonical };
}

interface ParsedField {
  readonly name: string;
  readonly nameEnd: number;
  readonly value: ReferenceValue;
  readonly end: number;
}

function parseField(text: string, start: number, limits: ParserLimits): ParsedField {
  const stop = nameEnd(text, start, text.length, ',= ');
  if (stop === start) throw new Fault('missing-field-key', start, start);
  if (text[stop] !== '=') throw new Fault('missing-field-value', start, stop);
  checkText(text, start, stop);
  const name = withoutEscapes(text.slice(start, stop), ',= ');
  checkName(name, start, stop, limits);
  const valueStart = stop + 1;
  if (text[valueStart] === '"') {
    const { value, end } = parseString(text, valueStart, limits);
    return { name: decode(name), nameEnd: stop, value: { type: 'string', value }, end };
  }
  const end = tokenEnd(text, valueStart);
  if (end === valueStart) throw new Fault('missing-field-value', start, stop);
  const value = parseToken(text.slice(valueStart, end), valueStart);
  return { name: decode(name), nameEnd: stop, value, end };
}

function parseString(
  text: string,
  start: number,
  limits: ParserLimits,
): { value: string; end: number } {
  const content = /^(?:\\["\\]|[^"])*/.exec(text.slice(start + 1))?.[0] ?? '';
  const close = start + 1 + content.length;
  const end = tokenEnd(text, close + 1);
  if (end !== close + 1) throw new Fault('invalid-value', start, end);
  const value = content.replace(/\\(["\\])/g, '$1');
  if (value.length > limits.stringBytesMax) {
    throw new Fault('string-too-long', start, end, limits.stringBytesMax, value.length);
  }
  checkText(text, start, end);
  return { value: decode(value), end };
}

/** A number or a boolean. */
function parseToken(token: string, start: number): ReferenceValue {
  const end = start + token.length;
  const outOfRange = (type: FieldType) =>
    new Fault('number-out-of-range', start, end, fieldTypeCode(type), 0);
  if (/^(?:t|T|true|True|TRUE)$/.test(token)) return { type: 'boolean', value: true };
  if (/^(?:f|F|false|False|FALSE)$/.test(token)) return { type: 'boolean', value: false };
  if (/^-?\d+i$/.test(token)) {
    const value = BigInt(token.slice(0, -1));
    if (value < INT64_MIN || value > INT64_MAX) throw outOfRange('integer');
    return { type: 'integer', value };
  }
  if (/^\d+u$/.test(token)) {
    const value = BigInt(token.slice(0, -1));
    if (value > UINT64_MAX) throw outOfRange('unsigned');
    return { type: 'unsigned', value };
  }
  if (/^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(token)) {
    const value = Number(token);
    if (!Number.isFinite(value)) throw outOfRange('float');
    return { type: 'float', value };
  }
  throw new Fault('invalid-value', start, end);
}

function parseTime(text: string, start: number, body: ReferenceBody): bigint {
  const { precision, nowNs } = body;
  if (isEnd(text, start)) return precision === 0n ? nowNs : nowNs - (nowNs % precision);
  const end = tokenEnd(text, start);
  const token = text.slice(start, end);
  if (!/^-?\d+$/.test(token)) throw new Fault('invalid-timestamp', start, end);
  const timestamp = BigInt(token);
  const timeNs = timestamp * (precision === 0n ? automaticPrecision(timestamp) : precision);
  if (timeNs < INT64_MIN || timeNs > INT64_MAX) {
    throw new Fault('timestamp-out-of-range', start, end);
  }
  const { oldestNs = INT64_MIN, newestNs = INT64_MAX } = body;
  if (timeNs < oldestNs) throw new Fault('timestamp-too-old', start, end);
  if (timeNs > newestNs) throw new Fault('timestamp-too-new', start, end);
  if (!isEnd(text, skipSpaces(text, end))) throw new Fault('invalid-timestamp', start, end);
  return timeNs;
}

function automaticPrecision(timestamp: bigint): bigint {
  const size = timestamp < 0n ? -timestamp : timestamp;
  if (size < 5_000_000_000n) return 1_000_000_000n;
  if (size < 5_000_000_000_000n) return 1_000_000n;
  return size < 5_000_000_000_000_000n ? 1000n : 1n;
}

/** The first of the delimiters from `start` on that no backslash stands before, or `end`. */
function nameEnd(text: string, start: number, end: number, delimiters: string): number {
  for (let at = start; at < end; at++) {
    if (delimiters.includes(text[at] as string) && text[at - 1] !== '\\') return at;
  }
  return end;
}

/** Where a number, boolean, timestamp or something wrong ends. */
function tokenEnd(text: string, start: number): number {
  const token = /^[^, \n]*/.exec(text.slice(start))?.[0] ?? '';
  const end = start + token.length;
  const isEndOfLine = end === text.length || text[end] === '\n';
  return isEndOfLine && token.endsWith('\r') ? end - 1 : end;
}

/** Whether the statement ends here, but for the carriage return of its line end. */
function isEnd(text: string, at: number): boolean {
  return at === text.length || (at === text.length - 1 && text[at] === '\r');
}

function skipSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at++;
  return at;
}

function withoutEscapes(text: string, escapable: string): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1];
    if (text[at] === '\\' && next !== undefined && escapable.includes(next)) at++;
    result += text[at];
  }
  return result;
}

function checkText(text: string, start: number, end: number): void {
  const part = text.slice(start, end);
  if (part.includes('\0')) throw new Fault('nul', start, end);
  try {
    decode(part);
  } catch {
    throw new Fault('invalid-utf8', start, end);
  }
}

function checkName(name: string, start: number, end: number, limits: ParserLimits): void {
  const { nameBytesMax } = limits;
  if (name.length > nameBytesMax) {
    throw new Fault('name-too-long', start, end, nameBytesMax, name.length);
  }
}

function decode(bytes: string): string {
  return utf8.decode(Buffer.from(bytes, 'latin1'));
}
