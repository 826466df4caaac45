import { describe, expect, test } from 'bun:test';
import { signal } from '@preact/signals';
import { graphOf, type PanelQuery, QUERIES_MAX } from '../../model/panel-spec.ts';
import { type QueryDraft, QueryEditing } from './query-editing.ts';

function start(...exprs: string[]) {
  const queries = signal<readonly PanelQuery[]>(graphOf(...exprs).queries);
  const editing = new QueryEditing(queries, (changed) => {
    queries.value = changed;
  });
  const draft = (index: number): QueryDraft => {
    const found = editing.drafts.value[index];
    if (!found) throw new Error(`there is no draft ${index}`);
    return found;
  };
  const drawn = () => queries.value.map(({ expr }) => expr);
  const texts = () => editing.drafts.value.map(({ text }) => text.value);
  return { queries, editing, draft, drawn, texts };
}

describe('editing queries', () => {
  test('typing - changes nothing until it is drawn', () => {
    const { editing, draft, drawn } = start('a', 'b');
    draft(1).text.value = ' sum(b) ';
    expect(draft(1).isChanged.value).toBe(true);
    expect(drawn()).toEqual(['a', 'b']);
    editing.draw();
    expect(drawn()).toEqual(['a', 'sum(b)']);
    expect(draft(1).isChanged.value).toBe(false);
    draft(0).text.value = 'x';
    draft(0).restore();
    expect(draft(0).text.value).toBe('a');
  });

  test('a new query - is one of the panel once it is written', () => {
    const { editing, draft, drawn, texts } = start('a');
    editing.add();
    editing.add();
    expect(texts()).toEqual(['a', '']);
    expect(editing.canAdd.value).toBe(false);
    const added = draft(1);
    added.text.value = 'b';
    editing.draw();
    expect(drawn()).toEqual(['a', 'b']);
    expect(draft(1)).toBe(added);
    expect(editing.canAdd.value).toBe(true);
  });

  test('removing one - leaves what was typed in the others', () => {
    const { editing, draft, drawn, texts } = start('a', 'b', 'c');
    draft(2).text.value = 'typed';
    editing.remove(draft(1));
    expect(drawn()).toEqual(['a', 'c']);
    expect(texts()).toEqual(['a', 'typed']);
  });

  test('letters - stay with their queries, and a new one gets the first that is free', () => {
    const { queries, editing, draft } = start('a', 'b', 'c');
    const letters = () => editing.drafts.value.map(({ drawn }) => drawn.value.letter);
    editing.remove(draft(0));
    expect(queries.value.map(({ letter, expr }) => letter + expr)).toEqual(['Bb', 'Cc']);
    editing.add();
    expect(letters()).toEqual(['B', 'C', 'A']);
    draft(2).text.value = 'd';
    editing.draw();
    expect(queries.value.map(({ letter }) => letter)).toEqual(['B', 'C', 'A']);
    editing.remove(draft(0));
    editing.remove(draft(1));
    expect(queries.value).toMatchObject([{ letter: 'A', expr: 'c' }]);
    expect(letters()).toEqual(['A']);
  });

  test('letters of queries from elsewhere - are left by what is being written', () => {
    const { queries, editing, draft } = start('a');
    editing.add();
    draft(1).text.value = 'typed';
    queries.value = graphOf('a', 'b').queries;
    expect(editing.drafts.value.map(({ drawn }) => drawn.value.letter)).toEqual(['A', 'B', 'C']);
  });

  test('the last one removed - leaves an empty one', () => {
    const { editing, draft, drawn, texts } = start('a');
    editing.remove(draft(0));
    expect(drawn()).toEqual([]);
    expect(texts()).toEqual(['']);
    editing.remove(draft(0));
    expect(texts()).toEqual(['']);
  });

  test('an emptied one - is gone when it is drawn', () => {
    const { editing, draft, drawn, texts } = start('a', 'b');
    draft(0).text.value = '';
    editing.draw();
    expect(drawn()).toEqual(['b']);
    expect(texts()).toEqual(['b']);
  });

  test('other queries from elsewhere - replace what was typed', () => {
    const { queries, draft, texts } = start('a', 'b');
    draft(0).text.value = 'typed';
    queries.value = graphOf('c').queries;
    expect(texts()).toEqual(['c']);
    queries.value = [];
    expect(texts()).toEqual(['']);
  });

  test('legend and eye - change without a word of the text', () => {
    const { editing, draft, queries } = start('a');
    draft(0).text.value = 'typed';
    editing.change(draft(0), { legend: '{{host}}' });
    editing.change(draft(0), { isHidden: true });
    expect(queries.value).toEqual([{ letter: 'A', expr: 'a', legend: '{{host}}', isHidden: true }]);
    expect(draft(0).text.value).toBe('typed');
  });

  test('queries - are not more than a panel has', () => {
    const { editing } = start(...Array.from({ length: QUERIES_MAX }, (_, index) => `m${index}`));
    editing.add();
    expect(editing.drafts.value).toHaveLength(QUERIES_MAX);
  });
});
