import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { contrast, readTokens } from './testing/contrast.ts';

const tokens = readTokens(join(import.meta.dir, 'tokens.css'));

const TEXT: readonly (readonly [text: string, ground: string])[] = [
  ...[
    '--ink',
    '--ink-soft',
    '--ink-faint',
    '--accent',
    '--mark',
    '--good',
    '--warning',
    '--danger',
  ].flatMap((text) =>
    ['--ground', '--surface', '--raised'].map((ground) => [text, ground] as const),
  ),
  ['--accent-ink', '--accent'],
  ['--accent', '--accent-wash'],
  ['--ink', '--accent-wash'],
  ['--mark', '--mark-wash'],
  ['--ink', '--mark-wash'],
  ['--good', '--good-wash'],
  ['--ink', '--good-wash'],
  ['--warning', '--warning-wash'],
  ['--ink', '--warning-wash'],
  ['--danger', '--danger-wash'],
  ['--ink', '--danger-wash'],
  ['--ink-soft', '--danger-wash'],
];

describe('the colours of the page', () => {
  for (const theme of ['light', 'dark'] as const) {
    test(`text - can be read in the ${theme} theme`, () => {
      const weak = TEXT.map(([text, ground]) => {
        const [ink, paper] = [tokens.get(text)?.[theme] ?? '', tokens.get(ground)?.[theme] ?? ''];
        return { text, ground, contrast: contrast(ink, paper) };
      }).filter((pair) => !(pair.contrast >= 4.5));
      expect(weak).toEqual([]);
    });
  }
});
