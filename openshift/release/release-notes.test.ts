import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHANGELOG = `# Changes

## Unreleased

- Not yet.

## 1.2.3, 2026-11-23

- Fast.
- Exact.

## 1.2.2

- Slow.

## 1.2.1
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overseer-release-'));
  await Bun.write(join(folder, 'CHANGELOG.md'), CHANGELOG);
});
afterEach(() => rm(folder, { recursive: true }));

async function notesOf(tag: string, version: string) {
  await Bun.write(join(folder, 'package.json'), JSON.stringify({ version }));
  const program = join(import.meta.dir, 'release-notes.mjs');
  const child = Bun.spawn([process.execPath, program, tag, folder], { stderr: 'pipe' });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, output, errors };
}

describe('release notes', () => {
  test('of a version - are its section and no other', async () => {
    expect(await notesOf('v1.2.3', '1.2.3')).toEqual({
      code: 0,
      output: '- Fast.\n- Exact.\n',
      errors: '',
    });
  });

  test('of a tag that is not the version - are refused', async () => {
    const { code, errors } = await notesOf('v1.2.2', '1.2.3');
    expect(code).toBe(1);
    expect(errors).toContain('its tag is v1.2.3');
  });

  test('that nobody has written - are refused', async () => {
    for (const version of ['1.2.1', '1.2.4']) {
      const { code, output, errors } = await notesOf(`v${version}`, version);
      expect({ code, output }).toEqual({ code: 1, output: '' });
      expect(errors).toContain(`no section "## ${version}"`);
    }
  });
});
