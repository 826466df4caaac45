import { describe, expect, test } from 'bun:test';
import { AnswerError, type FieldType, type Labels, metricName } from '@overseer/shared';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import type { Table } from '../catalogue.ts';
import { globMatches, parseGlobs } from '../patterns/glob.ts';
import type { Matcher } from '../promql/series-source.ts';
import { LabelIndex, labelsOf } from './label-index.ts';
import { labelNames, labelSets, labelValues } from './label-sets.ts';

/** FUZZ_SEED repeats another run, FUZZ_RUNS makes it longer. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

console.log(`label index: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);

interface Measurement {
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly series: readonly Readonly<Record<string, string>>[];
}

let idNext = 1;

function indexOf(measurements: readonly Measurement[]): LabelIndex {
  const index = new LabelIndex();
  const tables = measurements.map((measurement, i) => tableOf(measurement, i + 1));
  for (const [i, { series }] of measurements.entries()) {
    for (const tags of series) index.addSeries(i + 1, idNext++, idNext % 3, tags);
  }
  index.setTables(['db', 'empty'], tables);
  return index;
}

function tableOf({ name, fields }: Measurement, id: number): Table {
  const entries = Object.entries(fields).map(
    ([field, type], i) => [field, { id: i + 1, name: field, type, viewColumn: field }] as const,
  );
  return {
    id,
    database: 'db',
    measurement: name,
    name: `points.m${id}`,
    view: '',
    hasNs: false,
    fields: new Map(entries),
  };
}

/** Every label set of every field that is a metric. */
function allLabels(measurements: readonly Measurement[]): Labels[] {
  return measurements.flatMap(({ name, fields, series }) =>
    Object.entries(fields)
      .filter(([, type]) => type !== 'string')
      .flatMap(([field]) =>
        series.map((tags) => ({ ...withoutEmpty(tags), __name__: metricName(name, field) })),
      ),
  );
}

const withoutEmpty = (tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''));

/** The plain meaning of a matcher. */
function fits(labels: Labels, { name, op, value }: Matcher): boolean {
  const actual = labels[name] ?? '';
  switch (op) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return RE2JS.compile(value, RE2JS.DOTALL).matches(actual);
    case '!~':
      return !RE2JS.compile(value, RE2JS.DOTALL).matches(actual);
  }
}

/** Comparable whatever the order. */
function sorted(sets: Iterable<Labels>): string[] {
  return Array.from(sets, (labels) => JSON.stringify(Object.entries(labels).sort())).sort();
}

function selected(index: LabelIndex, matchers: readonly Matcher[]): string[] {
  return sorted(index.select('db', matchers).flatMap((some) => [...labelsOf(some)]));
}

const VALUES = ['', 'a', 'b', 'ab', 'abc', 'web-1', 'web-2', 'ü😀', 'x\ny', 'a.b', '1'];
const PATTERNS = [
  ...['', '.*', '.+', 'a', 'a|b', 'a.*', '.*b', 'web-.+', '.*b.*', '(a|ab)c?', 'web-(1|2)'],
  ...['[ab]+', '(?i)WEB-.*', 'a\\.b', '.', 'x.y', '^a$', 'a||b', '()', '(|a)b.*', '.+.+', 'ü.'],
];
const NAMES = ['cpu', 'cpu_usage', 'cpu_usage_idle', 'm'];
const FIELDS = ['value', 'usage', 'usage_idle', 'idle', 'a'];
const TAGS = ['host', 'zone', 'rack'];

const MEASUREMENT: fc.Arbitrary<Measurement> = fc.record({
  name: fc.constantFrom(...NAMES),
  fields: fc.dictionary(
    fc.constantFrom(...FIELDS),
    fc.constantFrom<FieldType>('float', 'integer', 'boolean', 'string'),
  ),
  series: fc.array(fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom(...VALUES)), {
    maxLength: 30,
  }),
});

const MEASUREMENTS = fc.uniqueArray(MEASUREMENT, { selector: ({ name }) => name, maxLength: 4 });

const OF_TAGS: fc.Arbitrary<Matcher> = fc.oneof(
  fc.record({
    name: fc.constantFrom(...TAGS, 'absent'),
    op: fc.constantFrom('=' as const, '!=' as const),
    value: fc.constantFrom(...VALUES),
  }),
  fc.record({
    name: fc.constantFrom(...TAGS, 'absent'),
    op: fc.constantFrom('=~' as const, '!~' as const),
    value: fc.constantFrom(...PATTERNS),
  }),
);

const OF_NAME: fc.Arbitrary<Matcher> = fc.oneof(
  fc.record({
    name: fc.constant('__name__'),
    op: fc.constantFrom('=' as const, '!=' as const),
    value: fc
      .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...FIELDS))
      .map((name) => metricName(...name)),
  }),
  fc.record({
    name: fc.constant('__name__'),
    op: fc.constantFrom('=~' as const, '!~' as const),
    value: fc.constantFrom('cpu.*', '.*idle', 'cpu|m', 'cpu_usage|cpu_usage_idle', '.+', 'c[a-z]+'),
  }),
);

const MATCHERS = fc.array(fc.oneof({ weight: 3, arbitrary: OF_TAGS }, OF_NAME), { maxLength: 4 });

describe('label index', () => {
  test('any matchers - select what a plain filter does', () => {
    let nonEmpty = 0;
    fc.assert(
      fc.property(
        MEASUREMENTS,
        fc.array(MATCHERS, { minLength: 1, maxLength: 3 }),
        (measurements, sets) => {
          const index = indexOf(measurements);
          // Several times on one index: what it keeps of a pattern must not change the answer.
          for (const matchers of [...sets, ...sets]) {
            const expected = allLabels(measurements).filter((labels) =>
              matchers.every((matcher) => fits(labels, matcher)),
            );
            expect(selected(index, matchers)).toEqual(sorted(expected));
            if (expected.length > 0) nonEmpty++;
          }
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
    expect(nonEmpty).toBeGreaterThan(RUNS / 10);
  });

  test('names, values and sets of labels - are those of the series that fit one of the selectors', () => {
    fc.assert(
      fc.property(MEASUREMENTS, fc.array(MATCHERS, { maxLength: 3 }), (measurements, sets) => {
        const index = indexOf(measurements);
        const found = allLabels(measurements).filter(
          (labels) =>
            sets.length === 0 ||
            sets.some((matchers) => matchers.every((matcher) => fits(labels, matcher))),
        );
        expect(labelNames(index, 'db', sets)).toEqual(
          [...new Set(found.flatMap((labels) => Object.keys(labels)))].sort(),
        );
        for (const name of [...TAGS, '__name__']) {
          const values = found.flatMap((labels) => labels[name] ?? []);
          expect(labelValues(index, 'db', name, sets)).toEqual([...new Set(values)].sort());
        }
        const distinct = [...new Set(sorted(found))];
        if (sets.length > 1) expect(sorted(labelSets(index, 'db', sets, 1e9))).toEqual(distinct);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('series added later - are found, also by a pattern that was asked before', () => {
    const index = indexOf([{ name: 'm', fields: { value: 'float' }, series: [{ host: 'web-1' }] }]);
    const matchers: Matcher[] = [{ name: 'host', op: '=~', value: 'web-.*' }];
    expect(selected(index, matchers)).toHaveLength(1);
    for (let i = 0; i < 1000; i++) {
      index.addSeries(1, 1_000_000 + i, i, { host: `${i % 2 ? 'web' : 'db'}-${i}` });
      index.addSeries(1, 1_000_000 + i, i, { host: 'web-again' });
    }
    expect(selected(index, matchers)).toHaveLength(501);
    expect(index.seriesCount).toBe(1001);
  });

  test('series that come before their table - are there when it is', () => {
    const index = indexOf([]);
    index.addSeries(1, 1, 1, { host: 'a' });
    expect(index.select('db', [])).toEqual([]);
    index.setTables(['db'], [tableOf({ name: 'm', fields: { value: 'float' }, series: [] }, 1)]);
    expect(selected(index, [])).toHaveLength(1);
    index.setTables(['db'], []);
    expect(index.seriesCount).toBe(0);
  });

  test('a database that is not there - has nothing', () => {
    const index = indexOf([{ name: 'm', fields: { value: 'float' }, series: [{}] }]);
    expect(index.databases()).toEqual(['db', 'empty']);
    expect(index.hasDatabase('no')).toBe(false);
    expect(index.select('no', [])).toEqual([]);
    expect(labelNames(index, 'empty', [])).toEqual([]);
  });

  test('a pattern that is not RE2 - is refused in the words of RE2', () => {
    const index = indexOf([]);
    for (const [pattern, reason] of [
      ['a(b', '"a(b" is no RE2 pattern: missing closing )'],
      ['(?=a)', 'invalid or unsupported Perl syntax'],
      ['a**', 'invalid nested repetition operator'],
      ['a\\', 'trailing backslash at end of expression'],
    ] as const) {
      const error = failure(() => index.select('db', [{ name: 'host', op: '=~', value: pattern }]));
      expect(error).toBeInstanceOf(AnswerError);
      expect(error).toMatchObject({ kind: 'bad_data' });
      expect(String(error)).toContain(reason);
    }
    const large = failure(() =>
      index.select('db', [{ name: 'host', op: '!~', value: '(a?b){20000}' }]),
    );
    expect(large).toMatchObject({ kind: 'bad_data' });
  });

  test('a pattern that backtracks for ever elsewhere - is answered', () => {
    const host = `${'a'.repeat(50)}!`;
    const index = indexOf([{ name: 'm', fields: { value: 'float' }, series: [{ host }] }]);
    expect(selected(index, [{ name: 'host', op: '=~', value: '(a+)+b|(a|aa)+' }])).toEqual([]);
    const gaps = '.*a'.repeat(30);
    expect(selected(index, [{ name: 'host', op: '=~', value: `${gaps}b` }])).toEqual([]);
    expect(selected(index, [{ name: 'host', op: '=~', value: `${gaps}!` }])).toHaveLength(1);
  });
});

function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('globs', () => {
  const PIECES = ['a', 'b', 'ab', '.*', '.+', '|', '(', ')', '(?:', '\\.', '\\-', '-', 'ü', '😀'];
  const PATTERN = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((all) => all.join(''));
  const TEXT = fc
    .array(fc.constantFrom('a', 'b', '.', '-', 'ü', '😀', '\n'), { maxLength: 8 })
    .map((all) => all.join(''));

  test('what is taken for globs - matches as RE2 does', () => {
    let taken = 0;
    fc.assert(
      fc.property(PATTERN, fc.array(TEXT, { minLength: 5, maxLength: 5 }), (pattern, texts) => {
        const globs = parseGlobs(pattern);
        if (!globs) return;
        taken++;
        const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
        for (const text of texts) {
          const matches = globs.some((glob) => globMatches(glob, text));
          expect([pattern, text, matches]).toEqual([pattern, text, compiled.testExact(text)]);
        }
      }),
      { seed: SEED, numRuns: RUNS * 10 },
    );
    expect(taken).toBeGreaterThan(RUNS);
  });

  test('what is more than globs - is left to RE2', () => {
    for (const pattern of [
      'a?',
      'a*',
      '[ab]',
      'a.c',
      '(?i)a',
      '^a',
      'a$',
      '(a|b)*',
      '.*?',
      '\\d',
      'a{2}',
    ]) {
      expect(parseGlobs(pattern)).toBeUndefined();
    }
    expect(parseGlobs('(a|b)'.repeat(11))).toBeUndefined();
    expect(parseGlobs('(a|b)'.repeat(10))).toHaveLength(1024);
  });

  test('what would take long to take apart - is left to RE2', () => {
    expect(parseGlobs('x'.repeat(64 * 1024))).toHaveLength(1);
    expect(parseGlobs(`${'(a|b)'.repeat(10)}${'x'.repeat(10)}`)).toHaveLength(1024);
    expect(parseGlobs(`${'(a|b)'.repeat(10)}${'x'.repeat(1000)}`)).toBeUndefined();
    expect(parseGlobs('a.*'.repeat(100))).toHaveLength(1);
    expect(parseGlobs('a.*'.repeat(1000))).toBeUndefined();
  });
});
