import { describe, expect, test } from 'bun:test';
import { signal } from '@preact/signals';
import type { Reset } from '../../live/protocol.ts';
import { queryLetter } from '../../model/panel-spec.ts';
import { rolling } from '../../model/time-frame.ts';
import { LiveQuery } from '../live/live-query.ts';
import { type OpenQuery, PanelResults, type SingleQuestion } from './panel-results.ts';
import type { PanelQuestion } from './result-set.ts';

/** Opens queries that are answered by hand. */
class Source {
  readonly opened: { readonly query: LiveQuery; readonly letter: string; isClosed: boolean }[] = [];

  open({ db, query: { expr, letter } }: SingleQuestion): OpenQuery {
    const query = new LiveQuery({ db, expr, stepMs: 1000, rangeMs: 10_000 }, letter);
    const entry = { query, letter, isClosed: false };
    this.opened.push(entry);
    const close = () => {
      entry.isClosed = true;
    };
    return { result: query, close };
  }

  answer(expr: string): void {
    for (const { query } of this.opened) if (query.expr === expr) query.take(ANSWER);
  }

  get following(): string {
    const open = this.opened.filter(({ isClosed }) => !isClosed);
    return open.map(({ query, letter }) => query.expr + letter).join(' ');
  }
}

const ANSWER: Reset = {
  kind: 'reset',
  id: 1,
  firstStep: 1,
  count: 1,
  series: [{ key: 1, labels: {}, values: new Uint8Array(new Float64Array([5]).buffer) }],
  warnings: [],
};

const asking = (...exprs: string[]): PanelQuestion => ({
  db: 'db',
  queries: exprs.map((expr, index) => ({ expr, letter: index === 0 ? '' : queryLetter(index) })),
  frame: rolling(300_000),
});

function start(question: PanelQuestion) {
  const source = new Source();
  const asked = signal<PanelQuestion | undefined>(question);
  const results = new PanelResults(source, asked);
  return { source, asked, results };
}

describe('the results of a panel', () => {
  test('what is drawn - stays until there is something else to draw', () => {
    const { source, asked, results } = start(asking('a'));
    expect(results.charted.value).toBeUndefined();
    source.answer('a');
    const first = results.charted.value;
    expect(first?.rows.value).toHaveLength(1);
    asked.value = asking('b');
    expect(results.charted.value).toBe(first);
    expect(source.following).toBe('b');
    source.answer('b');
    expect(results.charted.value?.results.map(({ expr }) => expr)).toEqual(['b']);
    asked.value = undefined;
    expect(results.charted.value).toBeUndefined();
    expect(source.following).toBe('');
  });

  test('a query that stays - goes on as it was', () => {
    const { source, asked, results } = start(asking('a', 'b'));
    source.answer('a');
    const [kept] = source.opened;
    asked.value = asking('a', 'c');
    expect(source.following).toBe('a cB');
    expect(results.wanted.value?.results[0]).toBe(kept?.query as LiveQuery);
    asked.value = { ...asking('a', 'c'), frame: rolling(600_000) };
    expect(kept?.isClosed).toBe(true);
    expect(source.opened).toHaveLength(5);
  });

  test('the same question again - changes nothing', () => {
    const { source, asked, results } = start(asking('a'));
    const set = results.wanted.value;
    asked.value = asking('a');
    expect(results.wanted.value).toBe(set as NonNullable<typeof set>);
    expect(source.opened).toHaveLength(1);
  });

  test('series of two queries that are alike - are told apart', () => {
    const { source, results } = start(asking('a', 'b'));
    source.answer('a');
    source.answer('b');
    const rows = results.charted.value?.rows.value ?? [];
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
    expect(rows.map(({ columns }) => columns.query.expr)).toEqual(['a', 'b']);
  });

  test('after the end - nothing is open', () => {
    const { source, asked, results } = start(asking('a'));
    results.close();
    asked.value = asking('b');
    expect(source.following).toBe('');
  });
});
