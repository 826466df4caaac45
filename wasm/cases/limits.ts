import type { LineErrorCode } from '../line-error.ts';
import type { ParserLimits } from '../parser-limits.ts';
import { badLine, type Case, error, m } from './case.ts';

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

/** For strings that a line is too short for. */
const LONG_STRINGS = { ...SMALL, stringBytesMax: 200 };

/** A line whose second string opens at the offset, the first having a newline. */
const opening = (offset: number) => `m f="a\n${'b'.repeat(offset - 11)}",g="`;

/** A line that closes the string which is open before it, and opens another: an eighth of the longest line. */
const OPEN_AT_END = 'm a=""b123456="\n';

const badSmall = (name: string, line: string, code: LineErrorCode, names?: string): Case => ({
  ...badLine(name, line, code, names),
  limits: SMALL,
});

export const LIMITS: readonly Case[] = [
  badSmall('a line one byte too long', `m f="${'x'.repeat(123)}"`, 'line-too-long', '128'),
  {
    name: 'a line as long as allowed',
    limits: { ...SMALL, stringBytesMax: 200 },
    body: `m f="${'x'.repeat(122)}"\nm f="y" 2\n`,
    points: [m({ f: 'x'.repeat(122) }), m({ f: 'y' }, 2n)],
  },
  badSmall('a line much too long', `m,t=${'x'.repeat(2000)} f=1`, 'line-too-long'),
  // Wherever it is cut off, one of them is a valid line up to there.
  ...['m', 'mm', 'mmm', 'mmmm'].map((name) =>
    badSmall(`a line of ${name} too long`, `${name} ${'f=1,'.repeat(100)}f=1 1`, 'line-too-long'),
  ),
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
  {
    name: 'a closing quote as the last byte of the longest line',
    limits: LONG_STRINGS,
    body: `m f="${'x'.repeat(60)}\n${'y'.repeat(61)}"\nm ok=1 2\n`,
    points: [m({ f: `${'x'.repeat(60)}\n${'y'.repeat(61)}` }), m({ ok: 1 }, 2n)],
  },
  {
    name: 'a closing quote as the first byte too many',
    limits: LONG_STRINGS,
    body: `m f="${'x'.repeat(60)}\n${'y'.repeat(62)}"\nm ok=1 2\nbad`,
    points: [m({ ok: 1 }, 2n)],
    errors: [error('line-too-long', 1), error('missing-fields', 4)],
  },
  {
    name: 'a closing quote behind the first byte too many',
    limits: LONG_STRINGS,
    body: `m f="${'x'.repeat(60)}\n${'y'.repeat(63)}"\nm ok=1 2\nbad`,
    points: [m({ ok: 1 }, 2n)],
    errors: [
      error('unterminated-string', 1),
      error('name-too-long', 2),
      error('missing-fields', 4),
    ],
  },
  {
    name: 'an opening quote as the last byte of the longest line',
    limits: LONG_STRINGS,
    body: `${opening(127)}\n"\nm ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [
      error('unterminated-string', 1),
      error('name-too-long', 2),
      error('missing-fields', 3),
    ],
  },
  {
    name: 'an opening quote as the first byte too many',
    limits: LONG_STRINGS,
    body: `${opening(128)}\n"\nm ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [
      error('unterminated-string', 1),
      error('name-too-long', 2),
      error('missing-fields', 3),
    ],
  },
  {
    name: 'an opening quote behind the first byte too many',
    limits: LONG_STRINGS,
    body: `${opening(129)}\n"\nm ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [error('line-too-long', 1), error('missing-fields', 3)],
  },
  {
    name: 'a string without end, far behind the longest line',
    limits: LONG_STRINGS,
    body: `m f="a\nb",${'x'.repeat(150)}="\nm ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [error('line-too-long', 1)],
  },
  {
    name: 'a string without end in a body as long as the longest line',
    limits: LONG_STRINGS,
    body: `m f="${'x'.repeat(60)}\nm ok="${'y'.repeat(56)}`,
    errors: [error('invalid-value', 1)],
  },
  {
    name: 'a string without end in a body longer than the longest line',
    limits: LONG_STRINGS,
    body: `m f="${'x'.repeat(60)}\nm ok=1 2\n${'#\n'.repeat(50)}`,
    points: [m({ ok: 1 }, 2n)],
    errors: [error('unterminated-string', 1)],
  },
  {
    name: 'strings open at the end of every line, and where the longest line ends',
    limits: SMALL,
    body: `${OPEN_AT_END.repeat(20)}m ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: Array.from({ length: 20 }, (_, i) => error('unterminated-string', i + 1)),
  },
  {
    name: 'strings open at the end of every line, but not where the longest line ends',
    limits: { ...SMALL, lineBytesMax: 128 + OPEN_AT_END.indexOf('b') },
    body: `${OPEN_AT_END.repeat(20)}m ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [
      error('line-too-long', 1),
      error('line-too-long', 10),
      error('unterminated-string', 19),
      error('unterminated-string', 20),
    ],
  },
  {
    name: 'strings open at the end of every line, until one is closed',
    limits: SMALL,
    body: `${OPEN_AT_END.repeat(12)}x"\nm ok=1 2\n`,
    points: [m({ ok: 1 }, 2n)],
    errors: [
      ...Array.from({ length: 5 }, (_, i) => error('unterminated-string', i + 1)),
      error('invalid-value', 6),
    ],
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
    name: 'one field too many, which a later line has with another type',
    limits: SMALL,
    body: 'm a=1 1\nm b=1,c=2,d=3,e=4 2\nm e="x" 3\nm b=1,c=2,d=3,e=4 4\nm b=1,c=2 5\n',
    points: [m({ a: 1 }, 1n), m({ e: 'x' }, 3n), m({ b: 1, c: 2 }, 5n)],
    errors: [error('too-many-fields', 2, '5'), error('type-conflict', 4, '"e"')],
  },
  {
    name: 'a conflict of types, in a line of which later lines define the rest',
    body: 'm a=1 1\nm b=1,a=t 2\nm b="x" 3\n',
    points: [m({ a: 1 }, 1n), m({ b: 'x' }, 3n)],
    errors: [error('type-conflict', 2, '"a"')],
  },
  {
    name: 'many more fields than a line may have',
    limits: SMALL,
    body: 'm a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8 1\nm ok=1 2',
    points: [m({ ok: 1 }, 2n)],
    errors: [error('too-many-fields', 1)],
  },
  {
    name: 'more lines than allowed',
    linesMax: 4,
    body: 'm f=1 1\n# two\n\nm f=4 4\nm f=5 5\n\n# seven\nm new=8 8\nbad',
    points: [m({ f: 1 }, 1n), m({ f: 4 }, 4n)],
    errors: [
      error('too-many-lines', 5, '4, the limit LINES_MAX'),
      error('too-many-lines', 8),
      error('too-many-lines', 9),
    ],
  },
  {
    name: 'as many lines as allowed, the last one longer than that',
    linesMax: 2,
    body: 'm f=1 1\nm s="a\nb\nc" 2\n',
    points: [m({ f: 1 }, 1n), m({ s: 'a\nb\nc' }, 2n)],
  },
  {
    name: 'blank lines beyond those allowed are no errors',
    linesMax: 1,
    body: 'm f=1 1\n\n \r\n# comment\n',
    points: [m({ f: 1 }, 1n)],
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
