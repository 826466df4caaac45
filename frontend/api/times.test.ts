import { expect, test } from 'bun:test';
import { formatScalar, formatTime, formatValue } from './json-number.ts';
import { unescapeLabelName } from './label-name.ts';
import { parseDuration, parseTime } from './times.ts';

test('times - seconds with fractions and RFC 3339, rounded to milliseconds', () => {
  const cases: readonly [string, number][] = [
    ['0', 0],
    ['-1.5', -1500],
    ['1435781451.7814', 1_435_781_451_781],
    ['1.4e9', 1_400_000_000_000],
    ['.25', 250],
    ['1700000100.0005', 1_700_000_100_000],
    ['1700000100.0015', 1_700_000_100_001],
    ['1700000100.0006', 1_700_000_100_001],
    ['1700000100.9996', 1_700_000_101_000],
    ['2015-07-01T20:11:11Z', 1_435_781_471_000],
    ['2015-07-01t20:11:11.781999999z', 1_435_781_471_781],
    ['2015-07-01T22:11:11.5+02:00', 1_435_781_471_500],
  ];
  for (const [text, timeMs] of cases) expect([text, parseTime(text, 't')]).toEqual([text, timeMs]);
  const wrong = [
    '',
    ' 1',
    '1s',
    'NaN',
    'Infinity',
    '0x10',
    '1e30',
    '2015-07-01',
    '2015-07-01T20:11:11',
  ];
  for (const text of [...wrong, '2015-13-01T00:00:00Z']) {
    expect(() => parseTime(text, 'start')).toThrow(`start is "${text}"; valid is`);
  }
});

test('durations - seconds and units in their order', () => {
  const cases: readonly [string, number][] = [
    ['15', 15_000],
    ['0.001', 1],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1d12h', 129_600_000],
    ['1y2w3d4h5m6s7ms', 365 * 86_400_000 + 17 * 86_400_000 + 4 * 3_600_000 + 306_007],
    ['100ms', 100],
  ];
  for (const [text, lengthMs] of cases) {
    expect([text, parseDuration(text, 'step')]).toEqual([text, lengthMs]);
  }
  for (const text of ['0', '0s', '-1', '-1m', '1s1m', '1m1m', 'm', '1.5m', '1 m', '', '0.0001']) {
    expect(() => parseDuration(text, 'step')).toThrow(`step is "${text}"; valid is`);
  }
});

test('values - as Go writes the shortest form', () => {
  const cases: readonly [number, string][] = [
    [0, '0'],
    [-0, '-0'],
    [1.5, '1.5'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [-1.25e22, '-1.25e+22'],
    [1e-6, '0.000001'],
    [1e-7, '1e-07'],
    [-2.5e-9, '-2.5e-09'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ];
  for (const [value, text] of cases) expect(formatValue(value)).toBe(text);
});

test('times in answers - have three digits of a fraction, or none', () => {
  expect([0, 1000, 1_435_781_451_781, 1005, -1500, -5].map(formatTime)).toEqual([
    '0',
    '1',
    '1435781451.781',
    '1.005',
    '-1.500',
    '-0.005',
  ]);
});

test('label names - escaped ones are read, damaged ones stay', () => {
  const cases: readonly [string, string][] = [
    ['host', 'host'],
    ['U__host__name', 'host_name'],
    ['U__my_2e_label', 'my.label'],
    ['U__sm_1f600_ile', 'sm\u{1f600}ile'],
    ['U__broken_2', 'U__broken_2'],
    ['U__broken_110000_', 'U__broken_110000_'],
    ['U__broken_xy_', 'U__broken_xy_'],
    ['U__', ''],
  ];
  for (const [name, unescaped] of cases) expect(unescapeLabelName(name)).toBe(unescaped);
});

test('scalars - are written without exponents', () => {
  const texts = [1e-7, -1.25e-9, 1e21, -1.5e22, 1e-6, 0.5, -0, Number.NaN, -Infinity].map(
    formatScalar,
  );
  expect(texts).toEqual([
    '0.0000001',
    '-0.00000000125',
    '1000000000000000000000',
    '-15000000000000000000000',
    '0.000001',
    '0.5',
    '-0',
    'NaN',
    '-Inf',
  ]);
});
