import { describe, expect, test } from 'bun:test';
import { EditHistory, UNDO_STEPS_MAX } from './edit-history.ts';

describe('an edit history', () => {
  test('what was changed - is brought back and done again, step by step', () => {
    const history = new EditHistory('a');
    history.change('b');
    history.change('c');
    history.undo();
    history.undo();
    history.undo();
    expect([history.now.value, history.canUndo.value, history.canRedo.value]).toEqual([
      'a',
      false,
      true,
    ]);
    history.redo();
    expect(history.now.value).toBe('b');
    history.change('d');
    history.redo();
    expect([history.now.value, history.canRedo.value]).toEqual(['d', false]);
  });

  test('the same again - is no step', () => {
    const history = new EditHistory({ title: 'a' });
    history.change({ title: 'a' });
    expect(history.canUndo.value).toBe(false);
  });

  test('what comes from elsewhere - is in every step', () => {
    const history = new EditHistory('a');
    history.change('b');
    history.rebase((value) => `${value}!`);
    history.undo();
    expect(history.now.value).toBe('a!');
    history.redo();
    expect(history.now.value).toBe('b!');
  });

  test('steps - are as many as the limit', () => {
    const history = new EditHistory(0);
    for (let step = 1; step <= UNDO_STEPS_MAX + 10; step++) history.change(step);
    while (history.canUndo.value) history.undo();
    expect(history.now.value).toBe(10);
  });
});
