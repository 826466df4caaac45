import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { KubernetesObject } from './kubernetes-object.ts';
import { containersOf } from './rules/pods.ts';
import { TEMPLATES_FOLDER } from './template.ts';

/** Runs the command. */
async function render(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { output, errors: errors.trim(), code: await child.exited };
}

const LITE = ['--param-file', join(TEMPLATES_FOLDER, 'lite.env')];

describe('render', () => {
  test('templates - are one List, with the parameters of files and of the command line', async () => {
    const { output, code } = await render(
      'nats',
      'overseer',
      ...LITE,
      '-p',
      'IMAGE=x',
      '-p',
      'PARTITIONS=8',
    );
    expect(code).toBe(0);
    const { kind, items } = JSON.parse(output) as { kind: string; items: KubernetesObject[] };
    expect(kind).toBe('List');
    expect(items.filter((item) => item.kind === 'StatefulSet')).toHaveLength(1);
    const store = containersOf(items).find(({ name }) => name === 'overseer-store/store');
    const env = store?.container.env ?? [];
    expect(env).toContainEqual({ name: 'PARTITIONS', value: '8' });
    expect(env).toContainEqual({ name: 'RETENTION', value: '7d' });
  });

  test('on Kubernetes - has Ingresses for Routes, and nothing of what is left out', async () => {
    const hosts = ['-p', 'INGRESS_HOSTNAME=w.example.org', '-p', 'FRONTEND_HOSTNAME=m.example.org'];
    const options = [
      '--platform',
      'kubernetes',
      '--omit',
      'ServiceMonitor',
      '-p',
      'IMAGE=x',
      ...hosts,
    ];
    const { output } = await render('overseer', ...options);
    const { items } = JSON.parse(output) as { items: KubernetesObject[] };
    const kinds = new Set(items.map(({ kind }) => kind));
    expect(kinds.has('Ingress')).toBe(true);
    for (const kind of ['Route', 'ImageStream', 'ServiceMonitor'])
      expect(kinds.has(kind)).toBe(false);
  });

  test('on Kubernetes without hosts - says what is missing', async () => {
    const { errors, code } = await render('overseer', '--platform', 'kubernetes', '-p', 'IMAGE=x');
    expect(code).toBe(1);
    expect(errors).toContain('Route/overseer-ingress has no host');
  });

  test('mistakes - are told, and nothing is printed', async () => {
    const cases = [
      [
        ['overseer', '-p', 'IMAGE=x', '-p', 'NATS_REPLICAS=3'],
        1,
        'unknown parameter name "NATS_REPLICAS"',
      ],
      [['overseer'], 1, 'parameter IMAGE is required and must be specified'],
      [['overseers'], 2, 'There is no template "overseers"'],
      [['nats', '--platform', 'docker'], 2, '--platform is "docker"'],
      [[], 2, '--param-file FILE'],
    ] as const;
    const outcomes = await Promise.all(cases.map(([args]) => render(...args)));
    for (const [index, [, code, message]] of cases.entries()) {
      expect(outcomes[index]).toMatchObject({
        code,
        output: '',
        errors: expect.stringContaining(message),
      });
    }
  });
});
