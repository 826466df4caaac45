import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPostgresSettings } from '@overseer/local/postgres-settings';
import { parseTokenLines } from '@overseer/shared/access';
import { toKubernetes } from './kubernetes.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { checkEnvironment } from './rules/environment.ts';
import { checkLabels } from './rules/labels.ts';
import { checkNetwork } from './rules/network.ts';
import { contentsOf } from './rules/pods.ts';
import { checkProbes } from './rules/probes.ts';
import { checkReferences } from './rules/references.ts';
import { checkMemory, checkProjectQuota, checkResources, checkStorage } from './rules/resources.ts';
import { checkRestricted } from './rules/restricted.ts';
import { checkSecretParameters, checkSecretValues } from './rules/secrets.ts';
import { checkSchema } from './schemas/check-schema.ts';
import { readTemplate, TEMPLATE_NAMES } from './template.ts';
import {
  COMBINATIONS,
  renderAll,
  renderCombination,
  renderOne,
  valuesOf,
} from './testing/installation.ts';

const SERVICES = ['ingress', 'store', 'processor', 'frontend'];
const NATS_LAME_DUCK_SECONDS = 35;
const POSTGRES_SHUTDOWN_SECONDS = 30;

/** Seconds after which something has ended by itself, or ends itself. */
function stopDeadlineSeconds(component: string): number {
  if (component === 'nats') return NATS_LAME_DUCK_SECONDS;
  if (component === 'postgres') return POSTGRES_SHUTDOWN_SECONDS;
  const path = join(import.meta.dir, '..', '..', component, 'main.ts');
  const written = /STOP_DEADLINE_MS = ([\d_]+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
  return Number(written.replaceAll('_', '')) / 1000;
}

describe.each(COMBINATIONS.map((combination) => [combination.title, combination] as const))(
  '%s',
  (_title, combination) => {
    const objects = renderCombination(combination);
    const { platform, size, values } = combination;
    const instance = values.NAME ?? 'overseer';

    test('schemas - every object is one of its kind, without unknown fields', async () => {
      const errors = await Promise.all(objects.map(checkSchema));
      expect(errors.flat()).toEqual([]);
    });

    test('rules - each is kept', () => {
      const ofProject = ['Project', 'Namespace'];
      const inside = objects.filter(({ kind }) => !ofProject.includes(kind));
      expect(checkRestricted(objects, platform)).toEqual([]);
      expect(checkProbes(objects, stopDeadlineSeconds)).toEqual([]);
      expect(checkResources(objects)).toEqual([]);
      expect(checkMemory(objects)).toEqual([]);
      expect(checkStorage(objects, instance)).toEqual([]);
      expect(checkLabels(inside, instance)).toEqual([]);
      expect(checkReferences(objects)).toEqual([]);
      expect(checkEnvironment(objects)).toEqual([]);
    });

    test('parameters - none is left in the objects', () => {
      expect(JSON.stringify(objects)).not.toMatch(/\$\{/);
    });

    // A collector of OpenTelemetry is somewhere else, and previews have none.
    if (values.OTEL_ENDPOINT === undefined) {
      test('network policies - allow what is needed and nothing else', () => {
        expect(checkNetwork(objects)).toEqual([]);
      });
    }

    if (size === 'lite' && values.NATS_REPLICAS === undefined) {
      test('quota - is enough, an update of everything included', () => {
        expect(checkProjectQuota(objects)).toEqual([]);
      });
    }

    if (platform === 'kubernetes') {
      test('Kubernetes - knows every kind', () => {
        const groups = objects.map(({ apiVersion }) => apiVersion);
        expect(groups.filter((group) => group.includes('openshift'))).toEqual([]);
        // The namespace of monitoring is a parameter.
        const rest = JSON.stringify(objects).replaceAll('openshift-user-workload-monitoring', '');
        expect(rest).not.toContain('openshift');
        // DNS listens on its own port there.
        expect(rest).toContain('"port":53}');
        expect(rest).not.toContain('5353');
      });
    }
  },
);

describe('templates', () => {
  test.each(TEMPLATE_NAMES.map((name) => [name]))(
    '%s - is a Template whose parameters are all used and described',
    async (name) => {
      const template = readTemplate(name);
      const { labels = {}, message = '', parameters, objects } = template;
      const type = { apiVersion: 'template.openshift.io/v1', kind: 'Template' };
      expect(await checkSchema({ ...type, ...template })).toEqual([]);
      const text = JSON.stringify([labels, message, objects]);
      const used = new Set([...text.matchAll(/\$\{\{?([A-Z0-9_]+)\}/g)].map((match) => match[1]));
      expect([...used].sort()).toEqual(parameters.map((parameter) => parameter.name).sort());
      expect(parameters.filter(({ description = '' }) => description.length < 10)).toEqual([]);
    },
  );

  test('cluster-setup - is valid on both platforms', async () => {
    const objects = renderOne('cluster-setup');
    const errors = await Promise.all([...objects, ...toKubernetes(objects)].map(checkSchema));
    expect(errors.flat()).toEqual([]);
  });

  test('the deployer - may make and change every kind of the templates', () => {
    const role = renderOne('cluster-setup').find(({ metadata }) =>
      metadata.name.endsWith('-deployer'),
    );
    const rules = role?.rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[];
    const mayApply = ({ apiVersion, kind }: KubernetesObject) => {
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      const resource = `${kind.toLowerCase().replace(/y$/, 'ie').replace(/ss$/, 'sse')}s`;
      return rules.some(
        ({ apiGroups, resources, verbs }) =>
          apiGroups.includes(group ?? '') &&
          resources.includes(resource) &&
          ['get', 'create', 'patch'].every((verb) => verbs.includes(verb)),
      );
    };
    const objects = [...renderAll('lite'), ...toKubernetes(renderAll('lite'))];
    const outside = ['Project', 'Namespace', 'RoleBinding'];
    const refused = objects.filter((object) => !outside.includes(object.kind) && !mayApply(object));
    expect(refused.map(({ kind }) => kind)).toEqual([]);
    expect(JSON.stringify(rules)).not.toContain('*');
  });

  test.each([['lite'], ['ha']] as const)('%s.env - has parameters that there are', (size) => {
    const known = new Set(
      TEMPLATE_NAMES.flatMap((name) => readTemplate(name).parameters.map((one) => one.name)),
    );
    expect(Object.keys(valuesOf(size)).filter((name) => !known.has(name))).toEqual([]);
  });

  test('secrets - are generated, and nowhere but in Secrets', () => {
    for (const name of TEMPLATE_NAMES) {
      const template = readTemplate(name);
      expect(checkSecretParameters(template)).toEqual([]);
      const generated = template.parameters.filter(({ generate }) => generate);
      const values = Object.fromEntries(
        generated.map((one) => [one.name, `generated-${one.name}`]),
      );
      expect(
        checkSecretValues(renderOne(name, values), renderOne(name), Object.values(values)),
      ).toEqual([]);
    }
  });

  test('tokens - are lines that the services read', () => {
    const tokens = contentsOf(renderAll('lite'), 'Secret', 'overseer-tokens')?.tokens ?? '';
    const rights = parseTokenLines(tokens, 'tokens').map((grant) => [
      grant.name,
      grant.may('write', 'any'),
      grant.may('read', 'any'),
      grant.may('write', '_overseer'),
    ]);
    expect(rights).toEqual([
      ['writer', true, false, true],
      ['reader', false, true, false],
      ['self-metrics', false, false, true],
    ]);
  });

  test('PostgreSQL - has the settings that were found right, but for sizes and what only a superuser needs', () => {
    const file =
      contentsOf(renderAll('lite'), 'ConfigMap', 'overseer-postgres')?.['overseer.conf'] ?? '';
    const settings = Object.fromEntries(
      [...file.matchAll(/^(\w+) = '(.*)'$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(settings).toEqual({
      ...defaultPostgresSettings,
      superuser_reserved_connections: '3',
      max_wal_size: '1GB',
      min_wal_size: '128MB',
    });
  });

  test('policies for production - are what each service and NATS need, but for the database, and isolate nothing else', () => {
    const objects = renderAll('ha').filter(
      ({ kind, metadata }) =>
        kind !== 'NetworkPolicy' || metadata.labels?.['overseer.dev/flows'] === 'true',
    );
    expect(checkNetwork(objects)).toEqual([
      'no policy denies everything to all pods',
      'ingress policies forbid store -> postgres:5432, which is needed',
    ]);
    const names = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(names.map(({ metadata }) => metadata.name.replace('overseer-', ''))).toEqual([
      'names',
      ...['ingress', 'store', 'processor', 'frontend', 'nats'],
    ]);
  });

  // docs/upgrading.md, "Services by themselves".
  test('stores - the old ones end before new ones start; of the others some always answer', () => {
    const strategies = renderAll('ha')
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata, spec }) => [metadata.name, (spec as { strategy: object }).strategy]);
    const rolling = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    expect(Object.fromEntries(strategies)).toEqual({
      'overseer-ingress': rolling,
      'overseer-store': { type: 'Recreate' },
      'overseer-processor': rolling,
      'overseer-frontend': rolling,
    });
  });

  test('every service - has a Deployment, a Service and a budget for disruptions', () => {
    const names = renderAll('lite').map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    for (const service of SERVICES) {
      for (const kind of ['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy']) {
        expect(names).toContain(`${kind}/overseer-${service}`);
      }
    }
  });
});
