import fc from 'fast-check';

/** Lines of line protocol that are valid, for fast-check: most alike, so that much is as expected, and none as the one before. */

const FLOAT = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: -10_000, max: 10_000 }).map((value) => String(value / 100)),
  fc.integer({ min: -1000, max: 1000 }).map(String),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.integer({ min: -350, max: 320 }))
    .map(([digits, exponent]) => `${digits}e${exponent}`)
    .filter((text) => Number.isFinite(Number(text))),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.bigInt({ min: 0n, max: 10n ** 20n }))
    .map(([whole, fraction]) => `${whole}.${fraction}`),
);
const INTEGER = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `${value}i`);
const SMALL_INTEGER = fc.integer({ min: -200, max: 200 }).map((value) => `${value}i`);
const UNSIGNED = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => `${value}u`);
const BOOLEAN = fc.constantFrom(
  't',
  'T',
  'true',
  'True',
  'TRUE',
  'f',
  'F',
  'false',
  'False',
  'FALSE',
);
const STRING = fc
  .oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', '\\', 'n', '\n', ',', '='), maxLength: 20 }),
  )
  .filter((text) => !text.includes('\0'))
  .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);

/** The type of a field is in its name, so that most lines are valid. */
const FIELD = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('i', 'int\\ eger', 'i3'), SMALL_INTEGER) },
  fc.tuple(fc.constant('i'), INTEGER),
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('f', 'f_1', 'a_name_of_19_bytes_'), FLOAT) },
  fc.tuple(fc.constantFrom('u', 'u\\=2'), UNSIGNED),
  fc.tuple(fc.constant('b'), BOOLEAN),
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('s', 'ström'), STRING) },
);
const TAGS = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('host', 'region', 'r', 'reg', 'a\\,b', 'é'),
      fc.constantFrom('a', 'b', 'c\\ d', 'ü', 'x\\y', 'a_value_longer_than_16_bytes'),
    ),
    { selector: ([key]) => key, maxLength: 4 },
  )
  .map((tags) => tags.map(([key, value]) => `,${key}=${value}`).join(''));
const TIME = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 0, max: 5 }).map((time) => ` ${time}`),
  fc.integer({ min: 0, max: 5 }).map((time) => ` ${1_700_000_000_000_000_000n + BigInt(time)}`),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((time) => ` ${time}`),
);
const LINE = fc
  .tuple(
    fc.constantFrom('m', 'cpu', 'a\\ b\\,c'),
    TAGS,
    fc.array(FIELD, { minLength: 1, maxLength: 6 }),
    TIME,
    fc.constantFrom('\n', '\n', '\n', '\r\n', ' \n', '\n# comment\n\n'),
  )
  .map(
    ([measurement, tags, fields, time, end]) =>
      `${measurement}${tags} ${fields.map(([key, value]) => `${key}=${value}`).join(',')}${time}${end}`,
  );
/** Few different lines, each several times, so that much is as expected. */
export const BODY = fc
  .tuple(fc.array(LINE, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(7), { maxLength: 40 }))
  .map(([lines, order]) => order.map((index) => lines[index % lines.length]).join(''));

export const PRECISION = fc.constantFrom(1n, 1n, 1_000_000n, 1_000_000_000n, 0n);
