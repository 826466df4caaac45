import type { FieldType } from '@overseer/shared/field-type';
import type { LineErrorCode } from './line-error.ts';
import type { ParserLimits } from './parser-limits.ts';

/** What line protocol means: bodies, and the points and errors they come to. Both implementations of the parser must agree. */

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

export interface Case {
  readonly name: string;
  /** Text, or bytes where text could not hold them. */
  readonly body: string | Uint8Array;
  /** Nanoseconds of a unit of the timestamps. */
  readonly precision?: bigint;
  readonly limits?: Partial<ParserLimits>;
  readonly defined?: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  readonly points?: readonly ExpectedPoint[];
  readonly errors?: readonly ExpectedError[];
}

export const NOW_NS = 1_700_000_000_123_456_789n;

const unsigned = (value: bigint) => ({ unsigned: value });
const m = (fields: Readonly<Record<string, ExpectedValue>>, time?: bigint): ExpectedPoint =>
  time === undefined ? { measurement: 'm', fields } : { measurement: 'm', fields, time };
const error = (code: LineErrorCode, line = 1, names?: string): ExpectedError =>
  names === undefined ? { line, code } : { line, code, names };
const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part)])),
  );

/** One value of field f, as text and as what it is. */
const value = (text: string, expected: ExpectedValue): Case => ({
  name: `value ${text}`,
  body: `m f=${text} 1`,
  points: [m({ f: expected }, 1n)],
});
const badValue = (text: string, code: LineErrorCode, names?: string): Case => ({
  name: `value ${text}`,
  body: `m f=${text} 1\nm ok=1 2`,
  points: [m({ ok: 1 }, 2n)],
  errors: [error(code, 1, names)],
});
/** A bad line between two good ones, which must stay as they are. */
const badLine = (name: string, line: string, code: LineErrorCode, names?: string): Case => ({
  name,
  body: `m ok=1 1\n${line}\nm ok=2 3\n`,
  points: [m({ ok: 1 }, 1n), m({ ok: 2 }, 3n)],
  errors: [error(code, 2, names)],
});

const LINES: readonly Case[] = [
  { name: 'empty body', body: '' },
  { name: 'only a newline', body: '\n' },
  { name: 'no tags', body: 'm f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'tags, sorted for the key',
    body: 'm,b=2,a=1 f=1 1\n',
    points: [{ measurement: 'm', tags: { a: '1', b: '2' }, fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'tags in another order are the same series',
    body: 'm,b=2,a=1 f=1 1\nm,a=1,b=2 f=2 2\nm,b=2,a=1 f=3 3\n',
    points: [1n, 2n, 3n].map((time) => ({
      measurement: 'm',
      tags: { a: '1', b: '2' },
      fields: { f: Number(time) },
      time,
    })),
  },
  {
    name: 'a key that begins another one',
    body: 'm,service_version=1,service=2,service_environment=3,se=4 f=1 1\n',
    points: [
      {
        measurement: 'm',
        tags: { se: '4', service: '2', service_environment: '3', service_version: '1' },
        fields: { f: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'no newline at the end',
    body: 'm f=1 1\nm f=2 2',
    points: [m({ f: 1 }, 1n), m({ f: 2 }, 2n)],
  },
  {
    name: 'CRLF',
    body: 'm f=1 1\r\nm f=2\r\n\r\nm f=3 3\r\n',
    points: [m({ f: 1 }, 1n), m({ f: 2 }), m({ f: 3 }, 3n)],
  },
  { name: 'carriage return at the very end', body: 'm f=1 1\r', points: [m({ f: 1 }, 1n)] },
  { name: 'byte order mark', body: '\ufeffm f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'byte order mark in the middle is part of the name',
    body: 'm f=1 1\n\ufeffm f=2 2',
    points: [m({ f: 1 }, 1n), { measurement: '\ufeffm', fields: { f: 2 }, time: 2n }],
  },
  {
    name: 'comments and blank lines',
    body: '# one\n\n  \n\t\n  # two = "\nm f=1 1\n#',
    points: [m({ f: 1 }, 1n)],
  },
  {
    name: 'a comment that ends in a backslash does not swallow the next line',
    body: '# one \\\nm f=1 1\n',
    points: [m({ f: 1 }, 1n)],
  },
  { name: 'blanks before a line', body: ' \t m f=1 1', points: [m({ f: 1 }, 1n)] },
  {
    name: 'several spaces between the parts',
    body: 'm   f=1    1   \nm f=2   \n',
    points: [m({ f: 1 }, 1n), m({ f: 2 })],
  },
  { name: 'spaces after the fields, no timestamp', body: 'm f=1  ', points: [m({ f: 1 })] },
  badLine('no fields', 'm', 'missing-fields'),
  badLine('no fields, a space', 'm,t=v ', 'missing-fields'),
  badLine('no measurement', ',t=v f=1', 'missing-measurement'),
  badLine('something after the timestamp', 'm f=1 1 2', 'invalid-timestamp'),
  badLine('fields in two groups', 'm f=1 g=2', 'invalid-timestamp', 'g=2'),
  {
    name: 'several bad lines, each with its own number',
    body: 'bad\nm f=1 1\n\n# comment\nm f=x\r\nm f=1 z\nm f=2 2',
    points: [m({ f: 1 }, 1n), m({ f: 2 }, 2n)],
    errors: [
      error('missing-fields', 1),
      error('invalid-value', 5, 'x'),
      error('invalid-timestamp', 6, 'z'),
    ],
  },
];

const NAMES: readonly Case[] = [
  {
    name: 'escapes in a measurement',
    body: 'a\\ b\\,c\\=d=e f=1 1',
    points: [{ measurement: 'a b,c\\=d=e', fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'escapes in tags',
    body: 'm,t\\ a\\,g\\==v\\ a\\,l\\= f=1 1',
    points: [{ measurement: 'm', tags: { 't a,g=': 'v a,l=' }, fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'escapes in a field key',
    body: 'm f\\ i\\,e\\=ld=1 1',
    points: [m({ 'f i,e=ld': 1 }, 1n)],
  },
  {
    name: 'any other backslash is literal',
    body: 'm\\x,t\\y=v\\z f\\w="a\\b" 1',
    points: [
      { measurement: 'm\\x', tags: { 't\\y': 'v\\z' }, fields: { 'f\\w': 'a\\b' }, time: 1n },
    ],
  },
  {
    name: 'two backslashes stay two in names and tags',
    body: 'm\\\\a,t\\\\b=v\\\\c f\\\\d=1 1',
    points: [
      { measurement: 'm\\\\a', tags: { 't\\\\b': 'v\\\\c' }, fields: { 'f\\\\d': 1 }, time: 1n },
    ],
  },
  {
    name: 'a second backslash escapes what follows',
    body: 'm\\\\,x f=1 1',
    points: [{ measurement: 'm\\,x', fields: { f: 1 }, time: 1n }],
  },
  {
    name: 'quotes are ordinary outside of values',
    body: '"m",t"=v" "f"=1 1',
    points: [{ measurement: '"m"', tags: { 't"': 'v"' }, fields: { '"f"': 1 }, time: 1n }],
  },
  {
    name: 'an escaped equals sign before a quote does not open a string',
    body: 'm a\\="b=1 1\nm f="x" 2',
    points: [m({ 'a="b': 1 }, 1n), m({ f: 'x' }, 2n)],
  },
  {
    name: 'names that only look special',
    body: 'm,time=1,_field=2,_measurement=3 time=1,_x=2 1',
    points: [
      {
        measurement: 'm',
        tags: { time: '1', _field: '2', _measurement: '3' },
        fields: { time: 1, _x: 2 },
        time: 1n,
      },
    ],
  },
  {
    name: 'characters beyond ASCII',
    body: 'größe,ort=Köln,日本=語 wert="日本語 🎉",é=1 1',
    points: [
      {
        measurement: 'größe',
        tags: { ort: 'Köln', 日本: '語' },
        fields: { wert: '日本語 🎉', é: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'keys sort by bytes, not by characters',
    body: 'm,\u{ffff}=1,\u{1f389}=2,z=3,Z=4 f=1 1',
    points: [
      {
        measurement: 'm',
        tags: { Z: '4', z: '3', '\u{ffff}': '1', '\u{1f389}': '2' },
        fields: { f: 1 },
        time: 1n,
      },
    ],
  },
  {
    name: 'names of 15, 16, 17, 32 and 33 bytes',
    body: `m ${[15, 16, 17, 32, 33].map((n) => `${'n'.repeat(n)}=${n}`).join(',')} 1`,
    points: [m(Object.fromEntries([15, 16, 17, 32, 33].map((n) => ['n'.repeat(n), n])), 1n)],
  },
  badLine('empty tag key', 'm,=v f=1', 'missing-tag-key'),
  badLine('tag without equals sign', 'm,t f=1', 'missing-tag-value', 't'),
  badLine('empty tag value', 'm,t= f=1', 'missing-tag-value', 't'),
  badLine('empty tag value before another tag', 'm,t=,u=w f=1', 'missing-tag-value', 't'),
  badLine('two commas between tags', 'm,t=v,,u=w f=1', 'missing-tag-key'),
  badLine('comma behind the tags', 'm,t=v, f=1', 'missing-tag-key'),
  badLine('equals sign in a tag value', 'm,t=a=b f=1', 'invalid-tag-value', 't'),
  badLine('the same tag twice', 'm,t=a,u=x,t=b f=1', 'duplicate-tag', 't'),
  badLine('the same tag and value twice', 'm,t=a,t=a f=1', 'duplicate-tag', 't'),
  badLine('no field key', 'm =1', 'missing-field-key'),
  badLine('comma before the first field', 'm ,f=1', 'missing-field-key'),
  badLine('comma behind the fields', 'm f=1,', 'missing-field-key'),
  badLine('comma behind the fields, a timestamp', 'm f=1, 1', 'missing-field-key'),
  badLine('two commas between fields', 'm f=1,,g=2', 'missing-field-key'),
  badLine('field without equals sign', 'm f', 'missing-field-value', 'f'),
  badLine('field without value', 'm f= 1', 'missing-field-value', 'f'),
  badLine('field without value before another one', 'm f=,g=1', 'missing-field-value', 'f'),
];

const VALUES: readonly Case[] = [
  value('1', 1),
  value('-1', -1),
  value('0', 0),
  value('-0', -0),
  value('-0.0', -0),
  value('1.', 1),
  value('.5', 0.5),
  value('-.5', -0.5),
  value('5.e3', 5000),
  value('1.25', 1.25),
  value('12345678', 12345678),
  value('1234567.1234567', 1234567.1234567),
  value('12345678.12345678', 12345678.12345678),
  value('0.1', 0.1),
  value('0.3', 0.3),
  value('100.10', 100.1),
  value('00012.500', 12.5),
  value('1e5', 1e5),
  value('1E5', 1e5),
  value('1e+5', 1e5),
  value('1.5e-3', 1.5e-3),
  value('9007199254740993', 9007199254740992),
  value('9007199254740993.0000000000000000000000000000000001', 9007199254740994),
  value('0.1234567890123456789', 0.12345678901234568),
  value('3.141592653589793', Math.PI),
  value('123456789012345678901234567890', 1.2345678901234568e29),
  value('1.7976931348623157e308', Number.MAX_VALUE),
  value('1.7976931348623158e308', Number.MAX_VALUE),
  value('2.2250738585072014e-308', 2.2250738585072014e-308),
  value('2.2250738585072011e-308', 2.225073858507201e-308),
  value('4.9e-324', 5e-324),
  value('2.4703282292062327208e-324', 0),
  value('2.4703282292062328e-324', 5e-324),
  value('1e-400', 0),
  value('-1e-400', -0),
  value('0e400', 0),
  value('0.000000000000000000000000000001', 1e-30),
  value(`${'0'.repeat(400)}1`, 1),
  value(`0.${'0'.repeat(400)}1e401`, 1),
  value(`1${'0'.repeat(400)}e-400`, 1),
  value('6.02214076e23', 6.02214076e23),
  value('1e22', 1e22),
  value('1e23', 1e23),
  value('8.442911973260991817e-309', Number('8.442911973260991817e-309')),
  value('179769313486231580793728971405301e276', 1.7976931348623157e308),
  value('0i', 0n),
  value('-0i', 0n),
  value('1i', 1n),
  value('-1i', -1n),
  value('1234567i', 1_234_567n),
  value('12345678i', 12_345_678n),
  value('123456789012345678i', 123_456_789_012_345_678n),
  value('007i', 7n),
  value('00000000000000000000000000007i', 7n),
  value('9223372036854775807i', 2n ** 63n - 1n),
  value('-9223372036854775808i', -(2n ** 63n)),
  value('0u', unsigned(0n)),
  value('12345678u', unsigned(12_345_678n)),
  value('18446744073709551615u', unsigned(2n ** 64n - 1n)),
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => value(text, true)),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => value(text, false)),
  value('""', ''),
  value('"a"', 'a'),
  value('"exactly 16 bytes"', 'exactly 16 bytes'),
  value('"exactly 17 bytes!"', 'exactly 17 bytes!'),
  value('"a, b = c"', 'a, b = c'),
  value('"say \\"hi\\""', 'say "hi"'),
  value('"back\\\\slash"', 'back\\slash'),
  value('"ends in \\\\"', 'ends in \\'),
  value('"\\\\\\""', '\\"'),
  value('"two characters \\n stay"', 'two characters \\n stay'),
  value('"tab\tand bell\u0007"', 'tab\tand bell\u0007'),
  value('"carriage\rreturn"', 'carriage\rreturn'),
  badValue('+1', 'invalid-value', '+1'),
  badValue('0x10', 'invalid-value', '0x10'),
  badValue('NaN', 'invalid-value'),
  badValue('nan', 'invalid-value'),
  badValue('Inf', 'invalid-value'),
  badValue('-inf', 'invalid-value'),
  badValue('Infinity', 'invalid-value'),
  badValue('-', 'invalid-value'),
  badValue('.', 'invalid-value'),
  badValue('-.', 'invalid-value'),
  badValue('--1', 'invalid-value'),
  badValue('1.2.3', 'invalid-value'),
  badValue('1e', 'invalid-value'),
  badValue('1e+', 'invalid-value'),
  badValue('e5', 'invalid-value'),
  badValue('1_000', 'invalid-value'),
  badValue('1f', 'invalid-value'),
  badValue('i', 'invalid-value'),
  badValue('u', 'invalid-value'),
  badValue('-i', 'invalid-value'),
  badValue('1.5i', 'invalid-value'),
  badValue('1e3i', 'invalid-value'),
  badValue('-1u', 'invalid-value'),
  badValue('1ii', 'invalid-value'),
  badValue('12345678901i2', 'invalid-value'),
  badValue('tr', 'invalid-value'),
  badValue('tRUE', 'invalid-value'),
  badValue('truee', 'invalid-value'),
  badValue('fALSE', 'invalid-value'),
  badValue('yes', 'invalid-value'),
  badValue('1\t', 'invalid-value'),
  badValue("'a'", 'invalid-value'),
  badValue('"a"b', 'invalid-value'),
  badValue('"a""b"', 'invalid-value'),
  badValue('1e400', 'number-out-of-range', 'float'),
  badValue('-1e400', 'number-out-of-range', 'float'),
  badValue('1e309', 'number-out-of-range', 'float'),
  badValue('1.7976931348623159e308', 'number-out-of-range', 'float'),
  badValue('1e99999999999999999999', 'number-out-of-range', 'float'),
  badValue('9223372036854775808i', 'number-out-of-range', 'integer'),
  badValue('-9223372036854775809i', 'number-out-of-range', 'integer'),
  badValue('99999999999999999999i', 'number-out-of-range', 'integer'),
  badValue('18446744073709551616u', 'number-out-of-range', 'unsigned'),
  badValue('99999999999999999999u', 'number-out-of-range', 'unsigned'),
  badValue('999999999999999999999999u', 'number-out-of-range', 'unsigned'),
];

const STRINGS: readonly Case[] = [
  {
    name: 'newlines in strings count as lines',
    body: 'm f="a\nb\n\nc" 1\nbad\nm f="d" 2\n',
    points: [m({ f: 'a\nb\n\nc' }, 1n), m({ f: 'd' }, 2n)],
    errors: [error('missing-fields', 5)],
  },
  {
    name: 'a bad line with newlines in its strings is one bad line',
    body: 'm x=bad,s="a\nm f=1 1\nb" 1\nm ok=1 4\n',
    points: [m({ ok: 1 }, 4n)],
    errors: [error('invalid-value', 1)],
  },
  {
    name: 'an unterminated string costs one line',
    body: 'm ok=1 1\nm f="never closed 2\nm ok=3 3\nm ok=4 4',
    points: [m({ ok: 1 }, 1n), m({ ok: 3 }, 3n), m({ ok: 4 }, 4n)],
    errors: [error('unterminated-string', 2)],
  },
  {
    name: 'an unterminated string in the last line',
    body: 'm ok=1 1\nm f="',
    points: [m({ ok: 1 }, 1n)],
    errors: [error('unterminated-string', 2)],
  },
  {
    name: 'an escaped quote does not close a string',
    body: 'm f="a\\"\nm ok=1 1\n',
    points: [m({ ok: 1 }, 1n)],
    errors: [error('unterminated-string', 1)],
  },
  {
    name: 'a quote that closes in a later line, where it was meant to open',
    body: 'm f="a\nm f="b" 2\nm ok=1 3\n',
    points: [m({ ok: 1 }, 3n)],
    errors: [error('invalid-value', 1)],
  },
  {
    name: 'string in CRLF lines keeps its CRLF',
    body: 'm f="a\r\nb" 1\r\n',
    points: [m({ f: 'a\r\nb' }, 1n)],
  },
];

const FIELDS: readonly Case[] = [
  {
    name: 'all types in one line',
    body: 'm a=1.5,b=-2i,c=3u,d=true,e="x" 9',
    points: [m({ a: 1.5, b: -2n, c: unsigned(3n), d: true, e: 'x' }, 9n)],
  },
  {
    name: 'the same fields in another order',
    body: 'm a=1,b=2i 1\nm b=4i,a=3 2\nm a=5,b=6i 3\n',
    points: [m({ a: 1, b: 2n }, 1n), m({ a: 3, b: 4n }, 2n), m({ a: 5, b: 6n }, 3n)],
  },
  {
    name: 'other sets of fields',
    body: 'm a=1,b=2 1\nm a=3 2\nm b=4 3\nm a=5,b=6 4\n',
    points: [m({ a: 1, b: 2 }, 1n), m({ a: 3 }, 2n), m({ b: 4 }, 3n), m({ a: 5, b: 6 }, 4n)],
  },
  {
    name: 'a field twice, the last wins',
    body: 'm a=1,b=2,a=3 1',
    points: [m({ a: 3, b: 2 }, 1n)],
  },
  {
    name: 'a string twice, the last wins',
    body: 'm a="one",b=2,a="three" 1',
    points: [m({ a: 'three', b: 2 }, 1n)],
  },
  {
    name: 'an older value of the same point in other fields',
    body: 'm a=1 1\nm a=2,b=2 1\nm a=3 1\nm a=4 1\nm a=5,b=5 1\nm a=6 1\n',
    points: [
      m({ a: 1 }, 1n),
      m({ a: 2, b: 2 }, 1n),
      m({ a: 3 }, 1n),
      m({ a: 4 }, 1n),
      m({ a: 5, b: 5 }, 1n),
      m({ a: 6 }, 1n),
    ],
  },
  {
    name: 'type conflict with a defined field',
    defined: { m: { f: 'integer' } },
    body: 'm f=1i 1\nm f=1 2\nm f=2i 3\n',
    points: [m({ f: 1n }, 1n), m({ f: 2n }, 3n)],
    errors: [error('type-conflict', 2, 'field "f" of measurement "m" is integer, not float')],
  },
  {
    name: 'type conflict with an earlier line',
    body: 'm f="x" 1\nm f=1 2\nm f=true 3\nm f=1u 4\n',
    points: [m({ f: 'x' }, 1n)],
    errors: [error('type-conflict', 2), error('type-conflict', 3), error('type-conflict', 4)],
  },
  {
    name: 'type conflict within a line',
    body: 'm f=1,f=2i 1\nm f=3i 2\n',
    points: [m({ f: 3n }, 2n)],
    errors: [error('type-conflict', 1)],
  },
  {
    name: 'a line that is rejected defines nothing',
    body: 'm a=1,b=bad 1\nm c=1i 2 x\nm a=1i,b=2i,c=3u 3\n',
    points: [m({ a: 1n, b: 2n, c: unsigned(3n) }, 3n)],
    errors: [error('invalid-value', 1), error('invalid-timestamp', 2)],
  },
  {
    name: 'the same field of two measurements',
    body: 'm f=1 1\nn f=1i 1\n',
    points: [m({ f: 1 }, 1n), { measurement: 'n', fields: { f: 1n }, time: 1n }],
  },
];

const TIMES: readonly Case[] = [
  { name: 'time 0 is the epoch', body: 'm f=1 0', points: [m({ f: 1 }, 0n)] },
  { name: 'negative time', body: 'm f=1 -1', points: [m({ f: 1 }, -1n)] },
  {
    name: 'least and greatest time',
    body: 'm f=1 -9223372036854775808\nm f=2 9223372036854775807\n',
    points: [m({ f: 1 }, -(2n ** 63n)), m({ f: 2 }, 2n ** 63n - 1n)],
  },
  ...[1, 7, 8, 9, 15, 16, 17, 18, 19].map(
    (digits): Case => ({
      name: `time of ${digits} digits`,
      body: `m f=1 ${'1234567890123456789'.slice(0, digits)}`,
      points: [m({ f: 1 }, BigInt('1234567890123456789'.slice(0, digits)))],
    }),
  ),
  {
    name: 'time with leading zeros',
    body: 'm f=1 0000000000000000000000001',
    points: [m({ f: 1 }, 1n)],
  },
  { name: 'no time: now', body: 'm f=1', points: [m({ f: 1 }, NOW_NS)] },
  {
    name: 'no time: now, cut to the precision',
    precision: 1_000_000_000n,
    body: 'm f=1',
    points: [m({ f: 1 }, 1_700_000_000_000_000_000n)],
  },
  {
    name: 'milliseconds',
    precision: 1_000_000n,
    body: 'm f=1 1700000000123',
    points: [m({ f: 1 }, 1_700_000_000_123_000_000n)],
  },
  {
    name: 'hours',
    precision: 3_600_000_000_000n,
    body: 'm f=1 -2',
    points: [m({ f: 1 }, -7_200_000_000_000n)],
  },
  {
    name: 'greatest second',
    precision: 1_000_000_000n,
    body: 'm f=1 9223372036\nm f=2 -9223372036\n',
    points: [m({ f: 1 }, 9_223_372_036_000_000_000n), m({ f: 2 }, -9_223_372_036_000_000_000n)],
  },
  {
    name: 'automatic precision',
    precision: 0n,
    body: 'm f=1 4999999999\nm f=2 5000000000\nm f=3 4999999999999\nm f=4 5000000000000\nm f=5 4999999999999999\nm f=6 5000000000000000\nm f=7 -1\nm f=8',
    points: [
      m({ f: 1 }, 4_999_999_999_000_000_000n),
      m({ f: 2 }, 5_000_000_000_000_000n),
      m({ f: 3 }, 4_999_999_999_999_000_000n),
      m({ f: 4 }, 5_000_000_000_000_000n),
      m({ f: 5 }, 4_999_999_999_999_999_000n),
      m({ f: 6 }, 5_000_000_000_000_000n),
      m({ f: 7 }, -1_000_000_000n),
      m({ f: 8 }, NOW_NS),
    ],
  },
  {
    name: 'seconds that overflow nanoseconds',
    precision: 1_000_000_000n,
    body: 'm f=1 9223372037\nm f=2 -9223372037\nm f=3 1',
    points: [m({ f: 3 }, 1_000_000_000n)],
    errors: [error('timestamp-out-of-range', 1, '9223372037'), error('timestamp-out-of-range', 2)],
  },
  badLine('time above the greatest', 'm f=1 9223372036854775808', 'timestamp-out-of-range'),
  badLine('time of 20 digits', 'm f=1 12345678901234567890', 'timestamp-out-of-range'),
  badLine('time below the least', 'm f=1 -9223372036854775809', 'timestamp-out-of-range'),
  badLine('time with a fraction', 'm f=1 1.5', 'invalid-timestamp', '1.5'),
  badLine('time with a plus', 'm f=1 +1', 'invalid-timestamp'),
  badLine('time that is a minus', 'm f=1 -', 'invalid-timestamp'),
  badLine('time with a suffix', 'm f=1 1i', 'invalid-timestamp'),
  badLine('a comma behind the time', 'm f=1 1,2', 'invalid-timestamp'),
];

const BYTES: readonly Case[] = [
  ...[
    ['a lone continuation byte', [0x80]],
    ['a cut two-byte character', [0xc3]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three-byte character', [0xe0, 0x9f, 0xbf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong four-byte character', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that UTF-8 never has', [0xff]],
  ].flatMap(([name, sequence]): Case[] => {
    const bad = sequence as number[];
    const points = [m({ ok: 1 }, 2n)];
    const errors = [error('invalid-utf8')];
    const rest = '\nm ok=1 2';
    return [
      {
        name: `${name} in a measurement`,
        body: bytes('m', ...bad, ' f=1 1', rest),
        points,
        errors,
      },
      {
        name: `${name} in a tag value`,
        body: bytes('m,t=v', ...bad, ' f=1 1', rest),
        points,
        errors,
      },
      { name: `${name} in a field key`, body: bytes('m f', ...bad, '=1 1', rest), points, errors },
      {
        name: `${name} in a string`,
        body: bytes('m f="0123456789abcdef', ...bad, '" 1', rest),
        points,
        errors,
      },
      {
        name: `${name} at the start of a string`,
        body: bytes('m f="', ...bad, 'x" 1', rest),
        points,
        errors,
      },
    ];
  }),
  {
    name: 'the longest and the shortest characters of every length',
    body: 'm f="\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}" 1',
    points: [m({ f: '\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}' }, 1n)],
  },
  badLine('NUL in a measurement', 'm\0 f=1', 'nul'),
  badLine('NUL in a tag key', 'm,t\0=v f=1', 'nul'),
  badLine('NUL in a tag value', 'm,t=\0 f=1', 'nul'),
  badLine('NUL in a field key', 'm f\0=1', 'nul'),
  badLine('NUL in a string', 'm f="a\0b"', 'nul'),
  badLine('NUL in a number', 'm f=1\0', 'invalid-value'),
  {
    name: 'bytes of comments do not matter',
    body: bytes('# ', 0xff, 0, 0xc0, '\nm f=1 1\n'),
    points: [m({ f: 1 }, 1n)],
  },
];

/** Small enough for bodies that one can read. */
const SMALL: Partial<ParserLimits> = {
  lineBytesMax: 128,
  pieceBytes: 50,
  seriesKeyBytesMax: 40,
  stringBytesMax: 20,
  nameBytesMax: 10,
  tagsMax: 3,
  fieldsMax: 4,
  measurementsMax: 2,
};

const badSmall = (name: string, line: string, code: LineErrorCode, names?: string): Case => ({
  ...badLine(name, line, code, names),
  limits: SMALL,
});

const LIMITS: readonly Case[] = [
  badSmall('a line one byte too long', `m f="${'x'.repeat(123)}"`, 'line-too-long', '128'),
  {
    name: 'a line as long as allowed',
    limits: { ...SMALL, stringBytesMax: 200 },
    body: `m f="${'x'.repeat(122)}"\nm f="y" 2\n`,
    points: [m({ f: 'x'.repeat(122) }), m({ f: 'y' }, 2n)],
  },
  badSmall('a line much too long', `m,t=${'x'.repeat(2000)} f=1`, 'line-too-long'),
  {
    name: 'a line much too long at the end of the body',
    limits: SMALL,
    body: `m ok=1 1\nm,t=${'x'.repeat(1000)}`,
    points: [m({ ok: 1 }, 1n)],
    errors: [error('line-too-long', 2)],
  },
  {
    name: 'a comment longer than a piece',
    limits: SMALL,
    body: `# ${'x'.repeat(1000)}\nm ok=1 1\n#${'y'.repeat(600)}`,
    points: [m({ ok: 1 }, 1n)],
  },
  {
    name: 'blanks longer than a piece',
    limits: SMALL,
    body: `${' '.repeat(1000)}m ok=1 1\n${'\n'.repeat(600)}bad`,
    points: [m({ ok: 1 }, 1n)],
    errors: [error('missing-fields', 602)],
  },
  {
    name: 'a string that closes further away than a line may reach',
    limits: SMALL,
    body: `m f="${'x'.repeat(100)}\nm ok=1 2\n${'#\n'.repeat(20)}" 3\nm ok=2 4\n`,
    points: [m({ ok: 1 }, 2n), m({ ok: 2 }, 4n)],
    errors: [error('unterminated-string', 1), error('missing-field-value', 23)],
  },
  badSmall('a string one byte too long', `m f="${'x'.repeat(21)}"`, 'string-too-long', '20'),
  {
    name: 'a string as long as allowed',
    limits: SMALL,
    body: `m f="${'\\"'.repeat(20)}" 1\nm f="${'x'.repeat(20)}" 2`,
    points: [m({ f: '"'.repeat(20) }, 1n), m({ f: 'x'.repeat(20) }, 2n)],
  },
  badSmall(
    'a measurement one byte too long',
    `${'m'.repeat(11)} f=1`,
    'name-too-long',
    'mmmmmmmmmmm',
  ),
  badSmall('a tag key one byte too long', `m,${'t'.repeat(11)}=v f=1`, 'name-too-long'),
  badSmall('a field key one byte too long', `m ${'f'.repeat(11)}=1`, 'name-too-long'),
  {
    name: 'names as long as allowed, escapes not counted',
    limits: SMALL,
    body: `${'\\,'.repeat(10)} ${'\\='.repeat(10)}=1 1`,
    points: [{ measurement: ','.repeat(10), fields: { ['='.repeat(10)]: 1 }, time: 1n }],
  },
  badSmall('a series key too long', `m,t=${'v'.repeat(40)} f=1`, 'series-key-too-long', '40'),
  badSmall('one tag too many', 'm,a=1,b=2,c=3,d=4 f=1', 'too-many-tags', '3'),
  {
    name: 'one field too many',
    limits: SMALL,
    body: 'm a=1,b=2 1\nm c=3,d=4,e=5 2\nm c=3,d=4 3\nm e=5 4\nn a=1,b=2,c=3,d=4 5',
    points: [
      m({ a: 1, b: 2 }, 1n),
      m({ c: 3, d: 4 }, 3n),
      { measurement: 'n', fields: { a: 1, b: 2, c: 3, d: 4 }, time: 5n },
    ],
    errors: [error('too-many-fields', 2, '5'), error('too-many-fields', 4, '5')],
  },
  {
    name: 'many more fields than a line may have',
    limits: SMALL,
    body: 'm a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8 1\nm ok=1 2',
    points: [m({ ok: 1 }, 2n)],
    errors: [error('too-many-fields', 1)],
  },
  {
    name: 'one measurement too many',
    limits: SMALL,
    body: 'a f=1 1\nb f=1 2\nc f=1 3\na f=2 4\n',
    points: [
      { measurement: 'a', fields: { f: 1 }, time: 1n },
      { measurement: 'b', fields: { f: 1 }, time: 2n },
      { measurement: 'a', fields: { f: 2 }, time: 4n },
    ],
    errors: [error('too-many-measurements', 3, '"c"')],
  },
];

export const CASES: readonly Case[] = [
  ...LINES,
  ...NAMES,
  ...VALUES,
  ...STRINGS,
  ...FIELDS,
  ...TIMES,
  ...BYTES,
  ...LIMITS,
];
