import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findProgram, ProgramMissingError, versionOfPackage } from './packaged-program.ts';

const PROGRAM = { name: 'metricsd', packageName: 'metrics', path: 'usr/bin/metricsd' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overseer-packaged-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('packaged program', () => {
  test('on PATH - is taken from there, and nothing is fetched', async () => {
    const notices: string[] = [];
    const path = await findProgram(
      PROGRAM,
      (line) => notices.push(line),
      (name) => `/opt/${name}`,
    );
    expect(path).toBe('/opt/metricsd');
    expect(notices).toEqual([]);
  });

  test('nowhere, and no apt - is missing, and says so', async () => {
    const outcome = await findProgram(
      PROGRAM,
      () => {},
      () => null,
    ).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(ProgramMissingError);
    expect(String(outcome)).toContain('no metricsd on PATH, and no apt');
  });

  test('version - is that of the package around the program', async () => {
    const documents = join(folder, 'usr/share/doc/metrics');
    await mkdir(documents, { recursive: true });
    const changes = 'metrics (1.6.7~rc0-1) unstable; urgency=medium\n\n  * New.\n';
    await Bun.write(join(documents, 'changelog.Debian.gz'), gzipSync(changes));
    expect(versionOfPackage(PROGRAM, join(folder, PROGRAM.path))).toBe('1.6.7~rc0-1');
    expect(versionOfPackage(PROGRAM, '/nowhere/usr/bin/metricsd')).toBe('unknown');
    expect(versionOfPackage(PROGRAM, '/opt/metricsd')).toBe('unknown');
  });
});
