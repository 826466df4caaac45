import { describe, expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { PATTERN_STATES_MAX, PatternRoom, patternOf } from './pattern-room.ts';
import { patternSize } from './pattern-size.ts';

/** Parts of patterns, also such as make none. */
const PARTS = [
  ...['a', 'b', 'é', '😀', '.', '.*', '.+', '|', '(', ')', '(?:', '(?i)', '(?P<n>', '[ab]', '[^a]'],
  ...[
    '\\d',
    '\\pL',
    '\\.',
    '\\b',
    '^',
    '$',
    '*',
    '+',
    '?',
    '??',
    '{2}',
    '{3,}',
    '{0,4}',
    '[[:alpha:]]',
  ],
];
const PATTERN = fc.array(fc.constantFrom(...PARTS), { maxLength: 10 }).map((all) => all.join(''));
const TEXT = fc
  .array(fc.constantFrom('a', 'b', 'A', '1', '.', 'é', '😀', '\n'), { maxLength: 10 })
  .map((all) => all.join(''));

/** How far the size may be below what there is. */
const SIZE_SHARE_MIN = 0.5;

function failure(action: () => unknown): AnswerError {
  try {
    action();
  } catch (error) {
    if (error instanceof AnswerError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

function compiled(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch {
    return undefined;
  }
}

describe('patterns', () => {
  test('any pattern - matches as RE2 does, or is refused as by RE2', () => {
    fc.assert(
      fc.property(PATTERN, fc.array(TEXT, { maxLength: 5 }), (source, texts) => {
        const expected = compiled(source);
        if (!expected) {
          const error = failure(() => new PatternRoom().add({ value: source }));
          expect(error.message).toContain('is no RE2 pattern');
          return;
        }
        const pattern = new PatternRoom().add({ value: source });
        for (const text of texts) {
          expect(pattern.matches(text)).toBe(expected.testExact(text));
          const matcher = expected.matcher(text);
          const whole = matcher.matches() ? matcher.group(0) : undefined;
          expect(pattern.captures(text)?.('0')).toBe(whole ?? undefined);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('any pattern - has about the size that RE2 makes of it', () => {
    fc.assert(
      fc.property(PATTERN, (source) => {
        const size = compiled(source)?.programSize() ?? 0;
        expect(patternSize(source)).toBeGreaterThanOrEqual(size * SIZE_SHARE_MIN - 3);
      }),
      { numRuns: 1000 },
    );
    expect(patternSize('((a{100}){100}){100}')).toBeGreaterThan(1_000_000);
    expect(patternSize('\\Q{9}(\\E{3}[x{9}]')).toBeLessThan(40);
  });

  test('groups - by number and by name', () => {
    const pattern = new PatternRoom().add({ value: '(?P<host>[^:]+):(\\d+)?(?:x)?' });
    const captures = pattern.captures('a.b:91');
    expect(['0', '1', 'host', '2', '3', '01', 'none'].map((name) => captures?.(name))).toEqual([
      ...['a.b:91', 'a.b', 'a.b', '91', '', '', ''],
    ]);
    expect(pattern.captures('a:')?.('2')).toBe('');
    expect(pattern.captures('a')).toBeUndefined();
  });

  test('a pattern of an owner - is compiled once, and found again', () => {
    const [owner, same] = [{ value: 'a+' }, { value: 'a+' }];
    const room = new PatternRoom();
    const pattern = room.add(owner);
    expect(room.add(same)).toBe(pattern);
    expect(patternOf(owner)).toBe(pattern);
    expect(patternOf({ value: 'a+' })).not.toBe(pattern);
  });
});

describe('bounds of patterns', () => {
  test('too many states, of one or of all together - are refused before they are made', () => {
    const position = { line: 1, column: 3, offset: 2 };
    for (const source of ['(\\pL{1000}){1000}', '(a?b){20000}', '((((a|b.){99}){99}){99}){99}']) {
      const error = failure(() => new PatternRoom().add({ value: source }, { position }));
      expect(error).toMatchObject({ kind: 'bad_data', position });
      expect(error.message).toContain(`${PATTERN_STATES_MAX} states`);
    }
    const room = new PatternRoom();
    const addAll = () => {
      for (let i = 0; i < 100; i++) room.add({ value: `(${i}.?){200}` });
    };
    expect(failure(addAll).kind).toBe('bad_data');
  });

  test('a list - is as long as it likes', () => {
    const hosts = Array.from({ length: 6000 }, (_, i) => `host-${i}`);
    const pattern = new PatternRoom().add({ value: hosts.join('|') });
    expect(pattern.texts?.size).toBe(6000);
    expect(pattern.matches('host-5999')).toBe(true);
    expect(pattern.matches('host-')).toBe(false);
  });

  const texts = Array.from({ length: 20_000 }, (_, i) => i.toString(2).padStart(200, '10'));
  test.each(['(.*){1000}1', '((0|1)*1(0|1){12})*'])(
    '%s - takes so many steps and no more, whatever the texts are',
    (source) => {
      const pattern = new PatternRoom().add({ value: source });
      const error = failure(() => {
        for (const text of texts) pattern.captures(text);
      });
      expect(error.kind).toBe('limit');
      expect(error.message).toContain('steps');
    },
  );

  test('a text that is too long for its pattern - is refused before it is compared', () => {
    const pattern = new PatternRoom().add({ value: '(a|b.)*(.*){100}c' });
    expect(failure(() => pattern.captures(`${'ab'.repeat(40_000)}c`)).message).toContain(
      'one text',
    );
  });

  test('texts without end - take no steps once their states are known', () => {
    const pattern = new PatternRoom().add({ value: '(web|db)-\\d+\\.é?.*' });
    let matches = 0;
    for (let i = 0; i < 200_000; i++) if (pattern.matches(`web-${i}.example`)) matches++;
    expect(matches).toBe(200_000);
  });
});
