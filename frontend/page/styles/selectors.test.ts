import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const files = readdirSync(import.meta.dir).filter((name) => name.endsWith('.css'));

describe('the selectors of the page', () => {
  /** The bundler writes `:is(th, td)` as `:-webkit-any(th, td)`, too, which counts as a class and so outranks rules that come later. */
  test('elements - are not within :is()', () => {
    const found = files.flatMap((name) => {
      const text = readFileSync(join(import.meta.dir, name), 'utf8');
      return Array.from(
        text.matchAll(/:is\((?:[^)]*,\s*)?[a-z][^)]*\)/g),
        ([is]) => `${name}: ${is}`,
      );
    });
    expect(files.length).toBeGreaterThan(0);
    expect(found).toEqual([]);
  });
});
