import { expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import {
  readInstantQuery,
  readLabelQuery,
  readLabelValuesQuery,
  readOptions,
  readRangeQuery,
  readSnapshotQuery,
} from './requests.ts';

const RANGE = { db: 'db', expr: 'up', startMs: 0, endMs: 60_000, stepMs: 15_000 };
const INSTANT = { db: 'db', expr: 'up', timeMs: 1_767_225_600_000n };

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(AnswerError);
    expect((error as AnswerError).kind).toBe('bad_data');
    return (error as AnswerError).message;
  }
  throw new Error('the request was taken');
}

test('range query - times come as numbers or as bigint', () => {
  expect(readRangeQuery({ ...RANGE, endMs: 1_767_225_600_000n, stepMs: 1_000_000_000n })).toEqual({
    ...RANGE,
    endMs: 1_767_225_600_000,
    stepMs: 1_000_000_000,
  });
});

test('range query - unknown fields are ignored, the lookback is taken', () => {
  const query = { ...RANGE, lookbackMs: 1 };
  expect(readRangeQuery({ ...query, colour: 'red' })).toEqual(query);
});

test('range query - pixels allow more steps, and none to be told', () => {
  const query = { ...RANGE, stepMs: 1, endMs: 200_000, pixels: 100 };
  expect(readRangeQuery(query)).toEqual(query);
  const { stepMs: _, ...stepless } = query;
  expect(readRangeQuery(stepless)).toEqual({ ...query, stepMs: 1000 });
  expect(refusal(() => readRangeQuery({ ...query, pixels: 5501 }))).toBe(
    'pixels is 5501; valid is a whole number from 1 to 5500',
  );
});

test('options - timeout and limits are of any request', () => {
  const options = { timeoutMs: 2, limits: { samples: 3, series: 4 } };
  expect(readOptions({ ...RANGE, ...options })).toEqual(options);
  expect(readOptions({})).toEqual({ limits: {} });
});

test('range query - 11,000 steps from the first to the last point are the most, as in Prometheus', () => {
  const query = { ...RANGE, stepMs: 1 };
  expect(readRangeQuery({ ...query, endMs: 11_000 }).endMs).toBe(11_000);
  expect(refusal(() => readRangeQuery({ ...query, endMs: 11_001 }))).toBe(
    '11001 steps of 1 ms are more than 11000, the most of a range: ask for a larger step or a shorter time',
  );
  expect(readRangeQuery({ ...query, stepMs: 2, endMs: 22_001 }).endMs).toBe(22_001);
});

const CASES: readonly (readonly [what: string, change: object, message: string])[] = [
  ['no database', { db: undefined }, 'db is missing; valid is text of 1 to 128 characters'],
  ['an empty database', { db: '' }, 'db is ""; valid is text of 1 to 128 characters'],
  ['no expression', { expr: null }, 'expr is null; valid is text of 1 to 65536 characters'],
  ['a step of zero', { stepMs: 0 }, 'stepMs is 0; valid is whole milliseconds from 1 to '],
  ['a step below zero', { stepMs: -1 }, 'stepMs is -1; valid is whole milliseconds from 1 to '],
  ['half a millisecond', { startMs: 0.5 }, 'startMs is 0.5; valid is whole milliseconds since'],
  ['a time that is text', { endMs: 'now' }, 'endMs is "now"; valid is whole milliseconds since'],
  ['a time beyond all', { endMs: 2n ** 63n }, 'endMs is 9223372036854775808; valid is whole'],
  ['an end before the start', { endMs: -1 }, 'endMs is -1; valid is startMs (0) or later'],
  ['no lookback', { lookbackMs: 0 }, 'lookbackMs is 0; valid is whole milliseconds from 1'],
];

const OPTIONS: typeof CASES = [
  ['a list as limits', { limits: [1] }, 'limits is a list of 1; valid is a map'],
  ['no samples', { limits: { samples: 0 } }, 'samples is 0; valid is a whole number from 1'],
  ['no time', { timeoutMs: 0 }, 'timeoutMs is 0; valid is whole milliseconds from 1'],
];

for (const [what, change, message] of OPTIONS) {
  test(`options - ${what} is refused by name`, () => {
    expect(refusal(() => readOptions({ ...change }))).toStartWith(message);
  });
}

for (const [what, change, message] of CASES) {
  test(`range query - ${what} is refused by name`, () => {
    expect(refusal(() => readRangeQuery({ ...RANGE, ...change }))).toStartWith(message);
  });
}

test('range query - what is long is quoted short', () => {
  const message = refusal(() => readRangeQuery({ ...RANGE, startMs: 'x'.repeat(1000) }));
  expect(message.length).toBeLessThan(200);
});

test('range query - what is nested too deep to be shown is refused by name', () => {
  let deep: unknown[] = [];
  for (let depth = 0; depth < 1_000_000; depth++) deep = [deep];
  expect(refusal(() => readRangeQuery({ ...RANGE, db: deep }))).toStartWith('db is a list of 1;');
  expect(refusal(() => readOptions({ limits: deep }))).toStartWith('limits is a list of 1;');
  expect(refusal(() => readOptions({ limits: { samples: { deep } } }))).toStartWith(
    'samples is a map;',
  );
});

test('instant query - has its time', () => {
  expect(readInstantQuery(INSTANT)).toMatchObject({ timeMs: 1_767_225_600_000 });
  expect(refusal(() => readInstantQuery({ ...INSTANT, timeMs: undefined }))).toStartWith(
    'timeMs is missing',
  );
});

test('label query - matches, times and limit may be absent', () => {
  expect(readLabelQuery({ db: 'db' })).toEqual({ db: 'db', matches: [] });
  const whole = { db: 'db', matches: ['up'], startMs: 1, endMs: 2, limit: 3 };
  expect(readLabelQuery(whole)).toEqual(whole);
  expect(refusal(() => readLabelQuery({ ...whole, matches: 'up' }))).toBe(
    'matches is "up"; valid is a list of at most 64',
  );
  expect(refusal(() => readLabelQuery({ ...whole, matches: [1] }))).toBe(
    'matches is a list of 1; valid is a list of texts that are not empty, of 65536 characters together',
  );
  const halves = ['a'.repeat(32_768), 'b'.repeat(32_768)];
  expect(readLabelQuery({ ...whole, matches: halves }).matches).toEqual(halves);
  expect(refusal(() => readLabelQuery({ ...whole, matches: [...halves, 'c'] }))).toStartWith(
    'matches is a list of 3;',
  );
  expect(refusal(() => readLabelQuery({ ...whole, startMs: 3 }))).toStartWith('endMs is 2;');
});

test('label values query - has its label', () => {
  expect(readLabelValuesQuery({ db: 'db', label: 'host' })).toMatchObject({ label: 'host' });
  expect(refusal(() => readLabelValuesQuery({ db: 'db' }))).toStartWith('label is missing');
});

test('snapshot query - names measurements in pairs, or none', () => {
  expect(readSnapshotQuery({})).toEqual({});
  expect(readSnapshotQuery({ measurements: [['db', 'cpu']] })).toEqual({
    measurements: [['db', 'cpu']],
  });
  expect(refusal(() => readSnapshotQuery({ measurements: [['db']] }))).toStartWith('measurements');
});
