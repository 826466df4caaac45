import { describe, expect, test } from 'bun:test';
import { Series } from './workload.ts';

const COUNT = 400;
const START_NS = 1_767_225_600_000_000_000n;

function makeSeries(id: string): Series {
  return new Series(3n, START_NS, 'db', 'disk io', id);
}

/** A line's parts, read by no more than the line protocol's own rules for these lines. */
function parse(line: string): { head: string; timeNs: string; fields: Map<string, string> } {
  const [, head = '', rest = '', timeNs = ''] =
    /^((?:[^\\ ]|\\.)+) (.*) (\d+)\n$/s.exec(line) ?? [];
  const fields = rest.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*?)[iu]?)(?=,|$)/gs);
  return {
    head,
    timeNs,
    fields: new Map(
      fields.map(([, name = '', quoted, plain = '']) => [
        name,
        quoted?.replace(/\\(["\\])/g, '$1') ?? plain,
      ]),
    ),
  };
}

/** What a store must hold after these lines: the last write of each field. */
function applyLines(lines: string[]): Map<string, Map<string, string>> {
  const rows = new Map<string, Map<string, string>>();
  for (const { timeNs, fields } of lines.map(parse)) {
    const row = rows.get(timeNs) ?? new Map<string, string>();
    for (const [name, text] of fields) row.set(name, text);
    rows.set(timeNs, row);
  }
  return rows;
}

const before = (end: number) => (turn: number) => turn < end;

function linesOf(series: Series, count: number): string[] {
  return Array.from({ length: count }, (_, number) => series.lines(number)).flat();
}

describe('workload', () => {
  test.each(['a', 'b', 'c'])('rows - of series %s are what its lines leave behind', (id) => {
    const series = makeSeries(id);
    // At every length: a rewrite may be due just beyond the end.
    for (const count of [1, 2, 57, COUNT]) {
      const rows = applyLines(linesOf(series, count));
      expect(rows.size).toBe(count);
      for (let number = 0; number < count; number++)
        expect(new Map(series.row(number, before(count)))).toEqual(
          rows.get(String(series.timeNs(number))) ?? new Map(),
        );
    }
  });

  test('rows - of turns that were taken away are what the lines of the others leave behind', () => {
    const series = makeSeries('a');
    const counts = (turn: number) => turn % 3 > 0;
    const numbers = Array.from({ length: COUNT }, (_, number) => number);
    const lines = numbers.filter(counts).flatMap((number) => series.lines(number));
    const rows = numbers.flatMap((number) => {
      const row = series.row(number, (turn) => turn < COUNT && counts(turn));
      return row ? [[String(series.timeNs(number)), new Map(row)] as const] : [];
    });
    expect(new Map(rows)).toEqual(applyLines(lines));
    // Some points are left only in the rewrites that came afterwards.
    expect(rows.length).toBeGreaterThan(numbers.filter(counts).length);
    expect(rows.length).toBeLessThan(COUNT);
  });

  test('lines - write points again, twice in a row, and out of the order of their times', () => {
    const lines = linesOf(makeSeries('a'), COUNT);
    const times = lines.map((line) => BigInt(parse(line).timeNs));
    expect(new Set(times).size).toBe(COUNT);
    expect(lines.filter((line, index) => line === lines[index - 1]).length).toBeGreaterThan(10);
    const older = times.filter((time, index) => index > 0 && time < (times[index - 1] ?? 0n));
    expect(older.length).toBeGreaterThan(30);
    expect(new Set(lines).size).toBeGreaterThan(COUNT + 50);
  });

  test('lines - the same seed gives the same, another series gives others', () => {
    expect(linesOf(makeSeries('a'), 50)).toEqual(linesOf(makeSeries('a'), 50));
    expect(linesOf(makeSeries('b'), 50)).not.toEqual(linesOf(makeSeries('a'), 50));
  });

  test('lines - escape what the line protocol gives a meaning', () => {
    expect(parse(makeSeries('a').lines(0)[0] ?? '').head).toBe(
      'disk\\ io,id=a,place=C:\\x\\ a\\,\\ "here"\\=,ünïcode=ja',
    );
  });
});
