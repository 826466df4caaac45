import { describe, expect, test } from 'bun:test';
import { checkImports, findImports } from './imports.ts';
import { readSources, type SourceFile } from './sources.ts';
import { checkTidiness } from './tidiness.ts';

const file = (path: string, text: string): SourceFile => ({ path, text });

describe('the project', () => {
  const sources = readSources();

  test('imports - keep to the boundaries', () => {
    expect(checkImports(sources)).toEqual([]);
  });

  test('files - are tidy', () => {
    expect(checkTidiness(sources)).toEqual([]);
  });
});

describe('imports', () => {
  test('every form - is found', () => {
    const text = [
      "import 'a';",
      "import b from 'b';",
      "import type { C } from 'c';",
      "import {\n  type D,\n  d,\n} from 'd';",
      "export * from 'e';",
      "export type { F } from 'f';",
      "const g = await import('g');",
      'export const text = "import nothing";',
    ].join('\n');
    expect(findImports(text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  test('a sibling service - is forbidden, of types too', () => {
    const text = "import type { Lease } from '@overseer/store';";
    expect(checkImports([file('ingress/a.ts', text)])).toHaveLength(1);
    expect(checkImports([file('ingress/a.ts', "import '../store/lease.ts';")])).toHaveLength(1);
  });

  test('servers for tests - are for tests', () => {
    const text = "import { startNats } from '@overseer/local/testing';";
    expect(checkImports([file('store/a.test.ts', text)])).toEqual([]);
    expect(checkImports([file('store/a.ts', text)])).toHaveLength(1);
  });

  test('a confined package - stays in its place', () => {
    const text = "import { connect } from 'nats';";
    expect(checkImports([file('shared/nats.ts', text)])).toEqual([]);
    expect(checkImports([file('store/nats.ts', text)])).toHaveLength(1);
    expect(checkImports([file('shared/a.ts', text), file('shared/b.ts', text)])).toHaveLength(1);
    expect(checkImports([file('ingress/a.ts', "import sql from 'postgres';")])).toHaveLength(1);
  });

  test('a confined scope - stays in its folder', () => {
    const text = "import { trace } from '@opentelemetry/api';";
    expect(checkImports([file('shared/tracing/a.ts', text)])).toEqual([]);
    expect(checkImports([file('shared/a.ts', text)])).toHaveLength(1);
    expect(checkImports([file('store/tracing/a.ts', text)])).toHaveLength(1);
  });

  test('main.ts - is imported by nobody', () => {
    expect(checkImports([file('store/a.ts', "import './main.ts';")])).toHaveLength(1);
  });
});

describe('tidiness', () => {
  test('long files - are told, tests may be longer', () => {
    const text = '\n'.repeat(401);
    expect(checkTidiness([file('store/a.ts', text)])).toHaveLength(1);
    expect(checkTidiness([file('store/a.test.ts', text)])).toEqual([]);
  });

  test('promises, registries and paths of one machine - are told with their line', () => {
    const lines = ['', ['// TO', 'DO'].join(''), ['http://deb.', 'debian.org/'].join('')];
    const found = checkTidiness([file('docs/a.md', lines.join('\n'))]);
    expect(found).toHaveLength(2);
    expect(found[0]).toStartWith('docs/a.md:2 ');
    expect(checkTidiness([file('a.ts', ["'/wor", "k/main'"].join(''))])).toHaveLength(1);
    const inContainer = ['pid_file: /tm', 'p/nats.pid'].join('');
    expect(checkTidiness([file('docs/a.yaml', inContainer)])).toHaveLength(1);
    expect(checkTidiness([file('openshift/templates/nats.yaml', inContainer)])).toEqual([]);
  });

  test('a sleep - is told in tests only', () => {
    const text = ['await Bun.sl', 'eep(1);'].join('');
    expect(checkTidiness([file('store/a.test.ts', text)])).toHaveLength(1);
    expect(checkTidiness([file('store/a.ts', text)])).toEqual([]);
  });
});
