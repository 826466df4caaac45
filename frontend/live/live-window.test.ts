import { describe, expect, test } from 'bun:test';
import { float64Bin, float64s, isPresent, type MatrixSeries } from '@overseer/shared';
import { randomOf } from '../testing/random.ts';
import { runsOf } from './deltas.ts';
import { LiveWindow } from './live-window.ts';
import { PointsBudget } from './points-budget.ts';
import { StepRanges } from './step-ranges.ts';

/** Values by step; a series by its one label. */
type Points = Map<string, Map<number, number>>;

function answerOf(points: Points, from: number, to: number): MatrixSeries[] {
  return [...points].map(([name, values]) => {
    const column = new Float64Array(to - from + 1);
    const present = new Uint8Array(Math.ceil(column.length / 8));
    for (let step = from; step <= to; step++) {
      const value = values.get(step);
      if (value === undefined) continue;
      const i = step - from;
      column[i] = value;
      present[i >> 3] = (present[i >> 3] as number) | (1 << (i & 7));
    }
    return { labels: { name }, values: float64Bin(column), present };
  });
}

/** What a page has that applies runs as it gets them. */
function applyRuns(
  page: Points,
  window: LiveWindow,
  changes: ReturnType<LiveWindow['apply']>,
): void {
  for (const run of runsOf(changes)) {
    for (const series of run.series) {
      const name = series.labels.name as string;
      const own = page.get(name) ?? new Map<number, number>();
      page.set(name, own);
      const { values, present } = window.column(series, run);
      for (const [i, value] of float64s(values).entries()) {
        if (isPresent(present, i)) own.set(run.from + i, value);
        else own.delete(run.from + i);
      }
    }
  }
}

/** Without steps older than the window, and series without points. */
function visible(points: Points, first: number, last: number): Record<string, [number, number][]> {
  const entries = [...points].map(([name, values]) => {
    const inside = [...values].filter(([step]) => step >= first && step <= last);
    return [name, inside.sort(([a], [b]) => a - b)] as const;
  });
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0).sort());
}

test('window - a page that applies the changes has what the store has, whatever changes', () => {
  const random = randomOf(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const budget = new PointsBudget(1e6);
  const window = new LiveWindow(100, 1000, budget);
  const store: Points = new Map();
  const page: Points = new Map();
  let compared = 0;
  for (let round = 0; round < 2000; round++) {
    window.advance(window.newest + below(4));
    if (round % 500 === 499) window.grow(window.steps + 50);
    for (let change = below(5); change > 0; change--) {
      const name = `s${below(6)}`;
      const values = store.get(name) ?? new Map<number, number>();
      store.set(name, values);
      const step = window.newest - below(window.steps);
      if (below(4) === 0) values.delete(step);
      else values.set(step, [Number.NaN, 0, -0, random()][below(4)] as number);
    }
    // All that changed lies in the window, so all of it is asked for.
    const { first, newest } = window;
    // Now and then a series without values is in the answer, as the store may have it.
    const answer = answerOf(store, first, newest).filter(
      ({ present }) => below(10) === 0 || present?.some((byte) => byte !== 0),
    );
    applyRuns(page, window, window.apply({ from: first, to: newest }, answer));
    const expected = visible(store, first, newest);
    expect(visible(page, first, newest)).toEqual(expected);
    compared += Object.keys(expected).length;
  }
  expect(compared).toBeGreaterThan(5000);
  window.close();
  expect(budget.points).toBe(0);
});

describe('window', () => {
  test('only what differs is a change', () => {
    const window = new LiveWindow(100, 1000, new PointsBudget(1e6));
    const points: Points = new Map([
      [
        'a',
        new Map([
          [950, 1],
          [990, Number.NaN],
        ]),
      ],
    ]);
    const range = { from: 940, to: 1000 };
    expect(runsOf(window.apply(range, answerOf(points, 940, 1000)))).toHaveLength(1);
    expect(runsOf(window.apply(range, answerOf(points, 940, 1000)))).toEqual([]);
    points.get('a')?.set(960, 5);
    points.set('b', new Map([[961, 6]]));
    const [run, ...others] = runsOf(window.apply(range, answerOf(points, 940, 1000)));
    expect([run?.from, run?.to, others]).toEqual([960, 961, []]);
    expect(run?.series.map(({ labels }) => labels.name)).toEqual(['a', 'b']);
  });

  test('changes far apart are runs of their own', () => {
    const window = new LiveWindow(1000, 1000, new PointsBudget(1e6));
    const points: Points = new Map([
      [
        'a',
        new Map([
          [10, 1],
          [20, 1],
        ]),
      ],
      ['b', new Map([[900, 1]])],
    ]);
    const runs = runsOf(window.apply({ from: 1, to: 1000 }, answerOf(points, 1, 1000)));
    expect(runs.map(({ from, to, series }) => [from, to, series.length])).toEqual([
      [10, 20, 1],
      [900, 900, 1],
    ]);
  });

  test('an answer that is late is taken over as far as it is in the window', () => {
    const window = new LiveWindow(10, 100, new PointsBudget(1e6));
    const points: Points = new Map([
      [
        'a',
        new Map([
          [91, 1],
          [95, 2],
          [100, 3],
        ]),
      ],
    ]);
    const answer = answerOf(points, 91, 100);
    window.advance(104);
    const [run] = runsOf(window.apply({ from: 91, to: 100 }, answer));
    expect([run?.from, run?.to]).toEqual([95, 100]);
  });

  test('series that are silent for long are forgotten when they are many', () => {
    const budget = new PointsBudget(1e6);
    const window = new LiveWindow(10, 100, budget);
    const many: Points = new Map(
      Array.from({ length: 40 }, (_, i) => [`s${i}`, new Map([[100, i]])]),
    );
    window.apply({ from: 91, to: 100 }, answerOf(many, 91, 100));
    window.advance(120);
    const few: Points = new Map([['s0', new Map([[120, 1]])]]);
    const changes = window.apply({ from: 111, to: 120 }, answerOf(few, 111, 120));
    expect(changes.hasForgotten).toBe(true);
    expect([...window.series].map(({ labels }) => labels.name)).toEqual(['s0']);
    expect(budget.points).toBe(10);
  });

  test('too many points are refused, and nothing is taken over', () => {
    const budget = new PointsBudget(1000);
    const window = new LiveWindow(10, 100, budget);
    const points = (count: number): Points =>
      new Map(Array.from({ length: count }, (_, i) => [`s${i}`, new Map([[100, i]])]));
    window.apply({ from: 100, to: 100 }, answerOf(points(10), 100, 100));
    expect(() => window.apply({ from: 100, to: 100 }, answerOf(points(11), 100, 100))).toThrow(
      'the limit is 100 points',
    );
    expect(() => window.grow(11)).toThrow('the limit is 100 points');
    expect([...window.series]).toHaveLength(10);
    budget.take(900);
    const second = new LiveWindow(10, 100, budget);
    expect(() => second.apply({ from: 100, to: 100 }, answerOf(points(1), 100, 100))).toThrow(
      'LIVE_POINTS_MAX, 1000 points',
    );
  });
});

describe('ranges of steps', () => {
  const all = (ranges: StepRanges) => {
    const taken: string[] = [];
    for (let range = ranges.take(); range; range = ranges.take())
      taken.push(`${range.from}-${range.to}`);
    return taken;
  };

  test('what touches or overlaps is one range; others keep their turn', () => {
    const ranges = new StepRanges();
    ranges.add(100, 110);
    ranges.add(10, 20);
    ranges.add(111, 112);
    ranges.add(21, 25);
    ranges.add(5, 4);
    ranges.add(15, 22);
    expect(all(ranges)).toEqual(['100-112', '10-25']);
    expect(ranges.isEmpty).toBe(true);
  });

  test('one that joins two takes the earlier turn', () => {
    const ranges = new StepRanges();
    ranges.add(1, 2);
    ranges.add(50, 60);
    ranges.add(10, 12);
    ranges.add(3, 9);
    expect(all(ranges)).toEqual(['1-12', '50-60']);
  });

  test('of too many the two that are closest become one', () => {
    const ranges = new StepRanges();
    for (const from of [1000, 60, 50, 40, 31, 20, 10, 0, 70]) ranges.add(from, from + 1);
    expect(all(ranges)).toEqual([
      '1000-1001',
      '60-61',
      '50-51',
      '31-41',
      '20-21',
      '10-11',
      '0-1',
      '70-71',
    ]);
  });
});
