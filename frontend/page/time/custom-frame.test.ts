import { describe, expect, test } from 'bun:test';
import { rolling } from '../../model/time-frame.ts';
import { readFixed, readRolling } from './custom-frame.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

describe('a range as it is written', () => {
  test('a length - is the last so long', () => {
    expect(readRolling('45m')).toEqual({ frame: rolling(2_700_000) });
  });

  test('what is no length, or too long or short - is told', () => {
    expect(readRolling('soon')).toHaveProperty('problem');
    expect(readRolling('31d')).toHaveProperty('problem');
    expect(readRolling('9s')).toHaveProperty('problem');
  });

  test('two times - are in whole seconds', () => {
    expect(readFixed('now-1h', 'now', NOW_MS + 400, 'UTC').frame).toEqual({
      kind: 'fixed',
      fromMs: NOW_MS - 3_600_000,
      toMs: NOW_MS,
    });
  });

  test('what is wrong - is told where it is', () => {
    const read = (from: string, to: string) => readFixed(from, to, NOW_MS, 'UTC');
    expect(Object.keys(read('x', 'now'))).toEqual(['fromProblem']);
    expect(Object.keys(read('x', 'y'))).toEqual(['fromProblem', 'toProblem']);
    expect(Object.keys(read('now', '11:00'))).toEqual(['toProblem']);
    expect(Object.keys(read('2025-01-01', 'now'))).toEqual(['toProblem']);
  });
});
