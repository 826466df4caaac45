import { describe, expect, test } from 'bun:test';
import type { KubernetesObject } from '../objects.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';
import { checkQuota } from './quota-check.ts';

interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

const quota = (hard: Readonly<Record<string, string>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'all' },
  spec: { hard },
});

const limitRange = (limit: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'range' },
  spec: { limits: [limit] },
});

function deployment(name: string, resources: Resources, spec: object = {}): KubernetesObject {
  const template = { spec: { containers: [{ name: 'main', resources }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, template, ...spec },
  };
}

const small: Resources = {
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { cpu: '1', memory: '256Mi' },
};

describe('quantities', () => {
  test('every form - is read', () => {
    const read = ['500m', '2', '0.1', '1e3', '128Mi', '1k', '.5', '1Gi'].map(parseQuantity);
    expect(read).toEqual([0.5, 2, 0.1, 1000, 128 * 1024 ** 2, 1000, 0.5, 1024 ** 3]);
    expect(parseQuantity(3)).toBe(3);
  });

  test('what is none - is refused', () => {
    for (const text of ['', 'x', '1 Gi', '1gi', '--1', '1KiB']) {
      expect(() => parseQuantity(text)).toThrow('is no quantity');
    }
  });

  test('amounts - are written as people do', () => {
    expect(formatQuantity('requests.cpu', 0.3)).toBe('300m');
    expect(formatQuantity('limits.cpu', 1.5)).toBe('1500m');
    expect(formatQuantity('limits.memory', 1.5 * 1024 ** 3)).toBe('1.5Gi');
    expect(formatQuantity('pods', 7)).toBe('7');
  });
});

describe('quota', () => {
  test('what fits to the last byte - fits', () => {
    const hard = { 'requests.cpu': '600m', 'requests.memory': '768Mi', pods: '6' };
    const objects = ['a', 'b', 'c'].map((name) => deployment(name, small));
    // One pod more of each during an update: a quarter of one, rounded up.
    expect(checkQuota([quota(hard), ...objects]).problems).toEqual([]);
  });

  test('each shortage - is named with its parts', () => {
    const hard = { 'limits.memory': '512Mi', pods: '3' };
    const { problems } = checkQuota([quota(hard), deployment('a', small), deployment('b', small)]);
    expect(problems).toEqual([
      'ResourceQuota all: limits.memory allows 512Mi, and 1Gi are needed, 512Mi more: ' +
        'Deployment a 512Mi (2 pods, 1 of them during an update), Deployment b 512Mi (2 pods, 1 of them during an update).',
      'ResourceQuota all: pods allows 3, and 4 are needed, 1 more: ' +
        'Deployment a 2 (2 pods, 1 of them during an update), Deployment b 2 (2 pods, 1 of them during an update).',
    ]);
  });

  test('surge - is by number, by share, or none', () => {
    const pods = (strategy: object, replicas = 4) => {
      const { problems } = checkQuota([
        quota({ pods: '0' }),
        deployment('a', small, { replicas, strategy }),
      ]);
      return Number(/and (\d+) are needed/.exec(problems[0] ?? '')?.[1]);
    };
    expect(pods({})).toBe(5);
    expect(pods({ rollingUpdate: { maxSurge: 3 } })).toBe(7);
    expect(pods({ rollingUpdate: { maxSurge: '30%' } })).toBe(6);
    expect(pods({ type: 'Recreate' })).toBe(4);
  });

  test('an autoscaler - counts at its maximum', () => {
    const autoscaler: KubernetesObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a' },
      spec: { maxReplicas: 4, scaleTargetRef: { kind: 'Deployment', name: 'a' } },
    };
    const { problems } = checkQuota([quota({ pods: '4' }), deployment('a', small), autoscaler]);
    expect(problems[0]).toContain('5 are needed');
  });

  test('a container that runs first - counts when it is larger', () => {
    const containers = [{ name: 'main', resources: { requests: { cpu: '1' } } }];
    const initContainers = [
      { name: 'large', resources: { requests: { cpu: '3' } } },
      { name: 'beside', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } },
    ];
    const pod = { ...deployment('a', {}), kind: 'Pod', spec: { containers, initContainers } };
    const { problems } = checkQuota([quota({ 'requests.cpu': '2' }), pod]);
    expect(problems[0]).toContain('3 are needed');
  });

  test('volumes of a StatefulSet - count for each replica', () => {
    const volumeClaimTemplates = [{ spec: { resources: { requests: { storage: '5Gi' } } } }];
    const stateful = {
      ...deployment('nats', small, { replicas: 3, volumeClaimTemplates }),
      kind: 'StatefulSet',
    };
    const hard = { 'requests.storage': '10Gi', persistentvolumeclaims: '2', pods: '3' };
    expect(checkQuota([quota(hard), stateful]).problems).toEqual([
      'ResourceQuota all: requests.storage allows 10Gi, and 15Gi are needed, 5Gi more: StatefulSet nats 15Gi (3 pods).',
      'ResourceQuota all: persistentvolumeclaims allows 2, and 3 are needed, 1 more: StatefulSet nats 3 (3 pods).',
    ]);
  });

  test('a container without limits - has the defaults, or is refused', () => {
    const bare = deployment('a', {});
    const hard = { 'limits.cpu': '3' };
    expect(checkQuota([quota(hard), bare]).problems).toEqual([
      'Deployment a: its main names no limits.cpu, which the quota asks of every container, and the LimitRange has no default.',
    ]);
    const defaulted = limitRange({ type: 'Container', default: { cpu: '2' } });
    expect(checkQuota([quota(hard), bare, defaulted]).problems).toEqual([
      'ResourceQuota all: limits.cpu allows 3, and 4 are needed, 1 more: Deployment a 4 (2 pods, 1 of them during an update).',
    ]);
  });

  test('a default limit - is the request of who names none', () => {
    const defaulted = limitRange({ type: 'Container', default: { cpu: '2' } });
    const { problems } = checkQuota([
      quota({ 'requests.cpu': '1' }),
      deployment('a', {}),
      defaulted,
    ]);
    expect(problems[0]).toContain('4 are needed');
  });

  test('what a LimitRange refuses - is told', () => {
    const range = limitRange({
      type: 'Container',
      min: { cpu: '200m' },
      max: { memory: '128Mi' },
      maxLimitRequestRatio: { cpu: '4' },
    });
    expect(checkQuota([range, deployment('a', small)]).problems).toEqual([
      "Deployment a: its main requests 100m of cpu, less than the LimitRange's minimum of 200m.",
      "Deployment a: its main may use 256Mi of memory, more than the LimitRange's maximum of 128Mi.",
      "Deployment a: its main may use 10 times the cpu that it requests, more than the LimitRange's ratio of 4.",
    ]);
  });

  test('services - are counted by their kind', () => {
    const service = (name: string, type: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type, ports: [{ port: 80 }] },
    });
    const objects = [service('inside', 'ClusterIP'), service('outside', 'LoadBalancer')];
    const hard = { services: '2', 'services.loadbalancers': '0', 'services.nodeports': '1' };
    expect(checkQuota([quota(hard), ...objects]).problems).toEqual([
      'ResourceQuota all: services.loadbalancers allows 0, and 1 are needed, 1 more: Service outside 1.',
    ]);
  });

  test('what is not worked out - is told', () => {
    expect(checkQuota([quota({ 'count/routes.route.openshift.io': '2' })])).toEqual({
      problems: [],
      unchecked: ['count/routes.route.openshift.io'],
    });
  });
});
