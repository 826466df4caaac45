import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { contrast, readTokens } from '../styles/testing/contrast.ts';
import { colourIndex, colourOf, PALETTES } from './colours.ts';

const tokens = readTokens(join(import.meta.dir, '..', 'styles', 'tokens.css'));
const cpu = (number: number) => ({ __name__: 'cpu_usage_idle', cpu: `cpu${number}`, host: 'a' });

describe('the colour of a series', () => {
  for (const theme of ['dark', 'light'] as const) {
    test(`every one - stands out from the ${theme} surface`, () => {
      const surface = tokens.get('--surface')?.[theme] ?? '';
      const weak = PALETTES[theme].filter((colour) => contrast(colour, surface) < 3);
      expect(weak).toEqual([]);
    });
  }

  test('labels in any order - have the same', () => {
    const reversed = Object.fromEntries(Object.entries(cpu(3)).reverse());
    expect(colourIndex(reversed)).toBe(colourIndex(cpu(3)));
  });

  test('numbers that follow each other - are different colours', () => {
    const indexes = Array.from({ length: 16 }, (_, number) => colourIndex(cpu(number)));
    expect(new Set(indexes).size).toBe(16);
    const hues = indexes.slice(0, 8).map((index) => index % 45);
    const gaps = hues.flatMap((a, at) =>
      hues.slice(at + 1).map((b) => Math.min(Math.abs(a - b), 45 - Math.abs(a - b))),
    );
    // 24 degrees: hues that nobody confuses.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3);
  });

  test('both themes - have one for every index', () => {
    expect(PALETTES.dark.length).toBe(PALETTES.light.length);
    for (let number = 0; number < 500; number++) {
      const index = colourIndex({ host: `host-${number}`, path: `/dev/${number * 7919}` });
      expect(colourOf(index, true)).toMatch(/^#[0-9a-f]{6}$/);
    }
  });
});
