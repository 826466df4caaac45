import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@overseer/local/testing';
import { buildPage } from './build.ts';

const parent = temporaryFolder();
const folder = join(parent, 'build');
afterAll(() => rmSync(parent, { recursive: true }));

describe('the built page', () => {
  let html = '';
  beforeAll(async () => {
    // Twice: the second takes the place of the first.
    await buildPage(folder);
    await buildPage(folder);
    html = readFileSync(join(folder, 'index.html'), 'utf8');
  });

  test('what it refers to - is there, and nothing else is left beside it', () => {
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBe(3);
    for (const path of references) {
      expect(path).toMatch(/^\/assets\/[\w]+-[\w]{8}\.(js|css|svg)$/);
      expect(existsSync(join(folder, path))).toBe(true);
    }
    expect(readdirSync(parent)).toEqual(['build']);
  });

  test('scripts and styles - are never inline: the server forbids it', () => {
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  test('every file - has its compressed copy', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const plain = files.filter((path) => !path.endsWith('.gz'));
    expect(files.length).toBe(plain.length * 2);
    for (const path of plain) {
      const inflated = Buffer.from(Bun.gunzipSync(readFileSync(`${path}.gz`)));
      expect(inflated.equals(readFileSync(path))).toBe(true);
    }
  });
});
