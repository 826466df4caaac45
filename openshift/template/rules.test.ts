/** Each rule finds what it is for, in a template that somebody has broken. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from './kubernetes-object.ts';
import { checkEnvironment, staleDefaults } from './rules/environment.ts';
import { checkLabels } from './rules/labels.ts';
import { checkNetwork } from './rules/network.ts';
import { containersOf } from './rules/pods.ts';
import { checkProbes } from './rules/probes.ts';
import { checkReferences } from './rules/references.ts';
import {
  BUCKETS_BYTES,
  checkMemory,
  checkProjectQuota,
  checkResources,
  checkStorage,
} from './rules/resources.ts';
import { checkRestricted } from './rules/restricted.ts';
import { checkSecretParameters, checkSecretValues } from './rules/secrets.ts';
import { checkSchema } from './schemas/check-schema.ts';
import type { Parameter, Template } from './template.ts';
import { renderAll } from './testing/installation.ts';

const WHOLE = renderAll('lite');

/** A place in objects, such as `spec.template.spec.containers.0.image`, and what to put there; undefined takes the field away. */
type Change = readonly [path: string, value: unknown];

/** All objects, one of them changed. */
function broken(name: string, ...changes: readonly Change[]): KubernetesObject[] {
  const objects = structuredClone(WHOLE) as KubernetesObject[];
  const object = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === name);
  if (!object) throw new Error(`there is no ${name}`);
  for (const [path, value] of changes) change(object, path.split('.'), value);
  return objects;
}

function change(parent: object, [key = '', ...rest]: readonly string[], value: unknown): void {
  const fields = parent as Record<string, unknown>;
  if (rest.length > 0) {
    fields[key] ??= {};
    change(fields[key] as object, rest, value);
  } else if (value === undefined) delete fields[key];
  else fields[key] = value;
}

const without = (name: string) =>
  WHOLE.filter(({ kind, metadata }) => `${kind}/${metadata.name}` !== name);

const STORE = 'Deployment/overseer-store';
const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
/** Path of one of the store's variables. */
function variable(name: string): string {
  const [store] = containersOf(WHOLE.filter(({ metadata }) => metadata.name === 'overseer-store'));
  const index = store?.container.env?.findIndex((one) => one.name === name) ?? -1;
  return `${CONTAINER}.env.${index}`;
}

describe('schemas', () => {
  const cases: readonly (readonly [name: string, path: string, value: unknown])[] = [
    [STORE, `${CONTAINER}.imagePulPolicy`, 'Always'],
    [STORE, `${POD}.containers`, undefined],
    [STORE, 'spec.replicas', '2'],
    ['HorizontalPodAutoscaler/overseer-ingress', 'spec.maxReplica', 3],
    ['PodDisruptionBudget/overseer-store', 'spec.maxUnavailabel', 1],
    ['NetworkPolicy/overseer-store', 'spec.egres', []],
    ['Route/overseer', 'spec.tls.insecureEdgeTermination', 'Redirect'],
    ['Route/overseer', 'spec.to', undefined],
    ['Project/overseer-pr-12', 'spec.finaliser', []],
    ['ImageStream/overseer', 'spec.lookupPolicy.local', 'yes'],
    ['ServiceMonitor/overseer', 'spec.endpoints.0.intervall', '30s'],
    ['Service/overseer-store', 'apiVersion', 'v2'],
  ];
  test.each(cases)('%s - %s is refused', async (name, path, value) => {
    const errors = await Promise.all(broken(name, [path, value]).map(checkSchema));
    expect(errors.flat()).not.toEqual([]);
  });
});

describe('restricted', () => {
  const cases: readonly (readonly [path: string, value: unknown, reason: string])[] = [
    [`${POD}.securityContext.runAsNonRoot`, false, 'runAsNonRoot'],
    [`${POD}.securityContext.seccompProfile`, undefined, 'seccompProfile'],
    [`${POD}.securityContext.runAsUser`, 1001, 'runAsUser is fixed'],
    [`${POD}.securityContext.fsGroup`, 1001, 'fsGroup is fixed'],
    [`${POD}.hostNetwork`, true, 'hostNetwork'],
    [`${POD}.volumes.0`, { name: 'tmp', hostPath: { path: '/' } }, 'hostPath'],
    [`${POD}.automountServiceAccountToken`, true, 'token of the API'],
    [`${POD}.serviceAccountName`, undefined, 'default ServiceAccount'],
    [
      `${CONTAINER}.securityContext.allowPrivilegeEscalation`,
      undefined,
      'allowPrivilegeEscalation',
    ],
    [`${CONTAINER}.securityContext.readOnlyRootFilesystem`, false, 'readOnlyRootFilesystem'],
    [`${CONTAINER}.securityContext.capabilities.drop`, [], 'not dropped'],
    [`${CONTAINER}.securityContext.capabilities.add`, ['NET_ADMIN'], 'added'],
    [`${CONTAINER}.securityContext.privileged`, true, 'privileged'],
    [`${CONTAINER}.securityContext.runAsUser`, 0, 'runAsUser is fixed'],
    [`${CONTAINER}.ports.0.hostPort`, 80, 'port of the host'],
    [`${CONTAINER}.volumeMounts.0.mountPath`, '/temporary', '/tmp'],
  ];
  test.each(cases)('%s - is refused when it is %j', (path, value, reason) => {
    expect(checkRestricted(broken(STORE, [path, value])).join()).toContain(reason);
  });

  test('on Kubernetes - a pod says its user and its group', () => {
    expect(checkRestricted(WHOLE, 'kubernetes').join()).toContain(
      'runAsUser or fsGroup is missing',
    );
  });
});

describe('probes', () => {
  const cases: readonly (readonly [path: string, value: unknown, reason: string])[] = [
    [`${CONTAINER}.startupProbe`, undefined, 'startupProbe is missing'],
    [`${CONTAINER}.readinessProbe`, undefined, 'readinessProbe is missing'],
    [`${CONTAINER}.livenessProbe`, undefined, 'livenessProbe is missing'],
    [`${CONTAINER}.livenessProbe.httpGet.port`, 'metrics', 'which it has not'],
    [`${CONTAINER}.livenessProbe.httpGet.path`, '/ready', 'asks /ready and not /health'],
    [`${CONTAINER}.readinessProbe`, { exec: { command: ['true'] } }, 'is no httpGet'],
    [`${POD}.terminationGracePeriodSeconds`, 20, 'may need 20'],
  ];
  test.each(cases)('%s - is refused when it is %j', (path, value, reason) => {
    expect(checkProbes(broken(STORE, [path, value]), () => 20).join()).toContain(reason);
  });
});

describe('resources', () => {
  const cases: readonly (readonly [path: string, value: unknown, reason: string])[] = [
    [`${CONTAINER}.resources.limits.memory`, undefined, 'no request or no limit of memory'],
    [`${CONTAINER}.resources.requests.cpu`, undefined, 'no request or no limit of cpu'],
    [`${CONTAINER}.resources.requests.cpu`, '5', 'requests more cpu'],
    [`${POD}.volumes.0.emptyDir`, {}, 'emptyDir tmp has no size'],
  ];
  test.each(cases)('%s - is refused when it is %j', (path, value, reason) => {
    expect(checkResources(broken(STORE, [path, value])).join()).toContain(reason);
  });

  test('memory - less than the settings allow to hold is refused', () => {
    const objects = broken(STORE, [`${CONTAINER}.resources.limits.memory`, '512Mi']);
    expect(checkMemory(objects).join()).toContain('overseer-store/store: its settings allow');
  });

  test('storage - streams, JetStream and the database larger than their room are refused', () => {
    const reasonsOf = (values: Record<string, string>) =>
      checkStorage(renderAll('lite', values), 'overseer').join();
    expect(reasonsOf({ POINTS_BYTES_MAX: '2GiB' })).toContain('the streams and buckets may have');
    // Without the buckets these would fit.
    expect(reasonsOf({ POINTS_BYTES_MAX: '1GiB' })).toContain('the streams and buckets may have');
    expect(reasonsOf({ NATS_FILE_STORE: '3GB' })).toContain('the file store of JetStream');
    expect(reasonsOf({ NATS_MEMORY_STORE: '32MB' })).toContain('the stream STORED');
    expect(reasonsOf({ NATS_MEMORY_STORE: '512MB' })).toContain('the memory store of JetStream');
    expect(reasonsOf({ POSTGRES_STORAGE: '2Gi' })).toContain('the database and its WAL');
  });
});

test('buckets - are counted as large as the store makes them', () => {
  const path = join(import.meta.dir, '..', '..', 'store', 'streams.ts');
  const sizes = readFileSync(path, 'utf8').matchAll(/_BUCKET_BYTES_MAX = (\d+) \* MEBIBYTE/g);
  const mebibytes = [...sizes].map(([, digits]) => Number(digits));
  expect(mebibytes.reduce((sum, one) => sum + one, 0) * 1024 ** 2).toBe(BUCKETS_BYTES);
});

describe('quota', () => {
  const reasonsOf = (values: Record<string, string>) =>
    checkProjectQuota(renderAll('lite', values)).join();

  test.each([
    [{ QUOTA_REQUESTS_CPU: '500m' }, 'requests.cpu allows'],
    [{ QUOTA_LIMITS_MEMORY: '4Gi' }, 'limits.memory allows'],
    [{ QUOTA_PODS: '6' }, 'pods allows 6'],
    [{ QUOTA_STORAGE: '5Gi' }, 'requests.storage allows'],
    [{ INGRESS_REPLICAS_MAX: '12' }, 'overseer-ingress'],
    [{ DEFAULT_LIMITS_MEMORY: '10Gi' }, 'default limit of memory is more than 8Gi'],
    [{ DEFAULT_REQUESTS_CPU: '1' }, 'default request of cpu is more than 500m'],
  ])('%j - is refused', (values, reason) => {
    expect(reasonsOf(values as Record<string, string>)).toContain(reason);
  });

  test('none - is refused', () => {
    expect(checkProjectQuota(without('LimitRange/overseer'))).not.toEqual([]);
  });
});

describe('labels', () => {
  test.each([
    ['metadata.labels', {}, 'no label app.kubernetes.io/instance'],
    ['metadata.name', 'store', 'does not begin with overseer'],
    ['spec.template.metadata.labels', {}, 'no label app.kubernetes.io/component'],
    ['spec.selector', { matchLabels: { app: 'store' } }, 'its selector'],
  ])('%s - is refused when it is %j', (path, value, reason) => {
    expect(checkLabels(broken(STORE, [path, value]), 'overseer').join()).toContain(reason);
  });
});

describe('references', () => {
  const cases: readonly (readonly [name: string, path: string, value: unknown, reason: string])[] =
    [
      ['Service/overseer-store', 'spec.selector', { app: 'store' }, 'it selects pods of 0 owners'],
      ['Service/overseer-store', 'spec.ports.0.targetPort', 'web', 'have no port web'],
      [
        'PodDisruptionBudget/overseer-store',
        'spec.selector.matchLabels',
        { a: 'b' },
        'selects no pods',
      ],
      [
        'NetworkPolicy/overseer-store',
        'spec.podSelector.matchLabels',
        { a: 'b' },
        'selects no pods',
      ],
      [
        'HorizontalPodAutoscaler/overseer-ingress',
        'spec.scaleTargetRef.name',
        'x',
        'no Deployment x',
      ],
      ['Route/overseer', 'spec.to.name', 'x', 'no Service x'],
      ['Route/overseer', 'spec.port.targetPort', 'x', 'has no port x'],
      ['ServiceMonitor/overseer', 'spec.selector.matchLabels', { a: 'b' }, 'selects no Services'],
      ['ServiceMonitor/overseer', 'spec.endpoints.0.port', 'x', 'has no port x'],
      ['StatefulSet/overseer-nats', 'spec.serviceName', 'x', 'no Service x'],
      [STORE, `${POD}.serviceAccountName`, 'x', 'no ServiceAccount x'],
      [STORE, 'spec.template.metadata.labels', { a: 'b' }, 'not for its own pods'],
      [
        STORE,
        `${POD}.topologySpreadConstraints.0.labelSelector`,
        { matchLabels: { a: 'b' } },
        'spread',
      ],
      [STORE, `${POD}.volumes.1.secret.secretName`, 'x', 'no Secret x'],
      [STORE, `${POD}.volumes.1.secret.items.0.key`, 'x', 'has no x'],
      [STORE, `${CONTAINER}.envFrom.0.configMapRef.name`, 'x', 'no ConfigMap x'],
      [STORE, `${variable('DATABASE_URL')}.valueFrom.secretKeyRef.key`, 'uri', 'has no uri'],
      [STORE, `${CONTAINER}.volumeMounts`, [], 'nothing mounts tmp'],
      [
        'StatefulSet/overseer-nats',
        `${POD}.volumes.1.projected.sources.0.configMap.name`,
        'x',
        'no ConfigMap x',
      ],
    ];
  test.each(cases)('%s - %s is refused when it is %j', (name, path, value, reason) => {
    expect(checkReferences(broken(name, [path, value])).join()).toContain(reason);
  });

  test('another NAME - is noticed where a Secret keeps the old one', () => {
    expect(checkReferences(renderAll('lite', { NAME: 'metrics' })).join()).toContain(
      'there is no Secret overseer-postgres',
    );
  });
});

describe('environment', () => {
  const cases: readonly (readonly [path: string, value: unknown, reason: string])[] = [
    [`${variable('PARTITIONS')}.name`, 'PARTITION', 'it does not read PARTITION'],
    [`${variable('PARTITIONS')}.value`, 'many', 'PARTITIONS is "many"'],
    [variable('NATS_URL'), { name: 'LOG_LEVEL', value: 'info' }, 'NATS_URL is not set'],
    [variable('DATABASE_URL'), { name: 'LOG_LEVEL', value: 'info' }, 'DATABASE_URL is not set'],
    [variable('STORE_HOST'), { name: 'LOG_LEVEL', value: 'info' }, 'STORE_HOST is not set'],
    [
      variable('SELF_METRICS_TOKEN_FILE'),
      { name: 'LOG_LEVEL', value: 'info' },
      'SELF_METRICS_TOKEN_FILE is not set',
    ],
    [variable('RETENTION'), { name: 'LOG_LEVEL', value: 'info' }, 'RETENTION is not set, nor said'],
    [`${variable('RETENTION')}.name`, 'REPLAY_TAIL', 'REPLAY_TAIL is set, and said to be right'],
    [`${CONTAINER}.args`, ['stores'], 'it runs "stores"'],
    [`${CONTAINER}.envFrom`, [], 'INGRESS_URL is not set'],
  ];
  test.each(cases)('%s - is refused when it is %j', (path, value, reason) => {
    expect(checkEnvironment(broken(STORE, [path, value])).join()).toContain(reason);
  });

  test('a service of which nothing is known - is refused', () => {
    const labels = {
      'app.kubernetes.io/name': 'overseer',
      'app.kubernetes.io/component': 'collector',
    };
    const objects = broken(STORE, ['spec.template.metadata.labels', labels]);
    expect(checkEnvironment(objects).join()).toContain('nothing is known of the settings of coll');
  });

  test('settings that are right at their defaults - are settings of a service', () => {
    expect(staleDefaults()).toEqual([]);
  });

  test('settings that do not fit together - are refused as the service refuses them', () => {
    const objects = renderAll('lite', { BODIES_BYTES_MAX: '17MiB' });
    expect(checkEnvironment(objects).join()).toContain('three times BODY_BYTES_MAX');
  });

  test('a shared variable that one service does not read - is refused', () => {
    const objects = broken('ConfigMap/overseer', ['data.TOKENS_FILE', '/tokens']);
    expect(checkEnvironment(objects).join()).toContain(
      'overseer-store/store: it does not read TOKENS_FILE',
    );
  });
});

describe('network', () => {
  const peer = (component: string) => ({
    podSelector: { matchLabels: { 'app.kubernetes.io/component': component } },
  });
  const cases: readonly (readonly [name: string, path: string, value: unknown, reason: string])[] =
    [
      [
        'NetworkPolicy/overseer-deny-all',
        'spec.policyTypes',
        ['Ingress'],
        'no policy denies everything',
      ],
      [
        'NetworkPolicy/overseer-deny-all',
        'spec.podSelector',
        { matchLabels: { a: 'b' } },
        'no policy denies',
      ],
      [
        'NetworkPolicy/overseer-store',
        'spec.egress',
        [],
        'egress policies forbid store -> nats:4222',
      ],
      [
        'NetworkPolicy/overseer-store',
        'spec.egress.1.ports.0.port',
        5433,
        'forbid store -> postgres:5432',
      ],
      [
        'NetworkPolicy/overseer-postgres',
        'spec.ingress',
        [],
        'ingress policies forbid store -> postgres:5432',
      ],
      [
        'NetworkPolicy/overseer-postgres',
        'spec.ingress.0.from.1',
        peer('frontend'),
        'allow frontend -> postgres',
      ],
      [
        'NetworkPolicy/overseer-postgres',
        'spec.ingress.0.from',
        [],
        'allow anybody -> postgres:5432',
      ],
      ['NetworkPolicy/overseer-postgres', 'spec.ingress.0.ports', [], 'allow store -> postgres:0'],
      [
        'NetworkPolicy/overseer-store',
        'spec.egress.0.to.1',
        { namespaceSelector: {} },
        'a namespace with {}',
      ],
      [
        'NetworkPolicy/overseer-ingress',
        'spec.ingress.0.from.0',
        peer('store'),
        'forbid router -> ingress:8086',
      ],
      [
        'NetworkPolicy/overseer-ingress',
        'spec.ingress.0.from.0.podSelector',
        undefined,
        'forbid router -> ingress:8086',
      ],
      ['NetworkPolicy/overseer-store', 'spec.egress.0.ports.0.endPort', 4300, 'store -> nats:0'],
      [
        'NetworkPolicy/overseer-names',
        'spec.podSelector.matchExpressions.0.values',
        ['store'],
        'forbid nats -> names',
      ],
      [
        'NetworkPolicy/overseer-frontend',
        'spec.ingress.0.from.1',
        peer('store'),
        'forbid monitoring -> frontend:3000',
      ],
      ['Service/overseer-nats', 'spec.ports.0.targetPort', 'monitor', 'forbid store -> nats:8222'],
      [
        'ConfigMap/overseer',
        'data.INGRESS_URL',
        'https://ingress.example.org',
        'allow store -> ingress:8086',
      ],
    ];
  test.each(cases)('%s - %s is refused when it is %j', (name, path, value, reason) => {
    expect(checkNetwork(broken(name, [path, value])).join('\n')).toContain(reason);
  });
});

describe('secrets', () => {
  const template = (...parameters: Parameter[]): Template => ({
    metadata: { name: 'x' },
    parameters,
    objects: [],
  });
  const strong = { generate: 'expression', from: '[a-zA-Z0-9]{43}' };

  test.each([
    [{ name: 'X_PASSWORD', value: 'secret' }, 'has a value in clear'],
    [{ name: 'X_TOKEN', ...strong, value: 'secret' }, 'has a value in clear'],
    [{ name: 'X_TOKEN' }, 'is not generated'],
    [{ name: 'X', generate: 'expression', from: '[a-zA-Z0-9]{16}' }, 'has 16 random characters'],
  ])('parameter %j - is refused', (parameter, reason) => {
    expect(checkSecretParameters(template(parameter)).join()).toContain(reason);
  });

  test('parameters that are none, or generated - are taken', () => {
    const names = [
      { name: 'TOKENS_SECRET', value: 'x' },
      { name: 'DATABASE_SECRET_KEY', value: 'url' },
    ];
    expect(checkSecretParameters(template(...names, { name: 'X_TOKEN', ...strong }))).toEqual([]);
  });

  const secret = (stringData: Record<string, string>, labels?: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x', ...(labels && { labels }) },
    stringData,
  });
  const once = { 'overseer.dev/once': 'true' };

  test('values - those that are fixed, shown elsewhere or made anew are refused', () => {
    const check = (one: KubernetesObject, other: KubernetesObject) =>
      checkSecretValues([one], [other], ['g1']).join();
    expect(check(secret({ a: 'g1' }, once), secret({ a: 'g2' }, once))).toBe('');
    expect(check(secret({ a: 'same' }, once), secret({ a: 'same' }, once))).toContain(
      'a is not generated',
    );
    expect(check(secret({ a: 'g1' }), secret({ a: 'g2' }))).toContain('made anew by each update');
    const shown = { ...secret({}), kind: 'ConfigMap', data: { url: 'nats://u:g1@nats' } };
    expect(check(shown, shown)).toContain('ConfigMap/x has a generated value in clear');
  });
});
