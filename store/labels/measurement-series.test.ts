import { expect, test } from 'bun:test';
import { MeasurementSeries } from './measurement-series.ts';
import { StringTable } from './string-table.ts';

const T0_MS = 1_767_225_600_000;

type Tags = Readonly<Record<string, string>>;

/** As PostgreSQL writes a jsonb of texts: behind colons and commas there is a space. */
const jsonbText = (tags: Tags) =>
  new TextEncoder().encode(
    `{${Object.entries(tags)
      .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(', ')}}`,
  );

const tagsOf = (series: MeasurementSeries, number: number): Tags =>
  Object.fromEntries(
    series.tagKeys
      .map((key) => [key, series.column(key)?.value(number) ?? ''] as const)
      .filter(([, value]) => value !== ''),
  );

const SYSTEMS = ['Ubuntu', 'ünïcode', '"quoted"', 'back\\slash', '日本', 'x86', 'x64'];

/** Of hosts that share some values, some of which have keys of their own. */
function manyTags(count: number): Tags[] {
  return Array.from({ length: count }, (_, i) => ({
    host: `host_${i}`,
    region: `region_${i % 300}`,
    ...(i % 3 === 0 && { rack: String(i % 7) }),
    ...(i % 5 === 0 && { os: SYSTEMS[i % SYSTEMS.length] as string }),
  }));
}

test('measurement series - tags as PostgreSQL writes them are the same as their objects', () => {
  const odd: Tags[] = [
    {},
    { a: 'b' },
    { 'a": "b': 'c' },
    { 'a, b': '}' },
    { a: '{"b": "c"}' },
    { 'ä"\\\n': '\ufeff👩‍🚀' },
    { a: '\ufeff', '\ufeff': 'a' },
    { __name__: 'hidden', host: 'seen' },
    JSON.parse('{"__proto__": "hidden", "host": "seen"}'),
    { constructor: 'toString', '12': '34' },
  ];
  const all = [...odd, ...manyTags(2000)];
  const [read, made] = [new StringTable(), new StringTable()].map(
    (strings) => new MeasurementSeries(strings),
  ) as [MeasurementSeries, MeasurementSeries];
  for (const [number, tags] of all.entries()) {
    read.addText(number, 1, jsonbText(tags), T0_MS);
    made.add(number, 1, tags);
  }
  expect(read.size).toBe(all.length);
  expect(read.tagKeys).toEqual(made.tagKeys);
  expect(read.hidesTags).toBe(made.hidesTags);
  const numbers = Array.from(all.keys());
  expect(numbers.map((number) => tagsOf(read, number))).toEqual(
    numbers.map((number) => tagsOf(made, number)),
  );
});

test('measurement series - a series that is there stays as it is', () => {
  const series = new MeasurementSeries(new StringTable());
  series.addText(1, 2, jsonbText({ host: 'a' }), T0_MS);
  series.addText(1, 2, jsonbText({ host: 'b', rack: 'c' }), T0_MS);
  expect(series.size).toBe(1);
  expect(tagsOf(series, 0)).toEqual({ host: 'a' });
});

test('measurement series - what is no object is an error', () => {
  const series = new MeasurementSeries(new StringTable());
  for (const [number, text] of ['', '{', '{"a', '{"a": "b"', '{"a": "b",'].entries()) {
    const bytes = new TextEncoder().encode(text);
    expect(() => series.addText(number, 1, bytes, T0_MS)).toThrow(SyntaxError);
  }
});
