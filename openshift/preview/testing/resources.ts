/** The kinds that the API server of the tests knows, and how it tells clients of them. */

export interface Resource {
  /** Empty for the oldest ones. */
  readonly group: string;
  readonly version: string;
  /** As in paths: `deployments`. */
  readonly name: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

const NAMESPACED = {
  v1: 'Pod Event Secret ConfigMap Service ServiceAccount ResourceQuota LimitRange PersistentVolumeClaim',
  'apps/v1': 'Deployment StatefulSet ReplicaSet',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'policy/v1': 'PodDisruptionBudget',
  'networking.k8s.io/v1': 'NetworkPolicy Ingress',
  'rbac.authorization.k8s.io/v1': 'RoleBinding',
  'coordination.k8s.io/v1': 'Lease',
  'monitoring.coreos.com/v1': 'ServiceMonitor',
  'route.openshift.io/v1': 'Route',
  'image.openshift.io/v1': 'ImageStream',
} as const;

const OF_CLUSTER = {
  v1: 'Namespace PersistentVolume',
  'project.openshift.io/v1': 'Project',
  'authorization.k8s.io/v1': 'SelfSubjectAccessReview',
} as const;

/** What only OpenShift has. */
const OPENSHIFT = /\.openshift\.io$/;

const ALL: readonly Resource[] = [...read(NAMESPACED, true), ...read(OF_CLUSTER, false)];

function read(kinds: Readonly<Record<string, string>>, isNamespaced: boolean): Resource[] {
  return Object.entries(kinds).flatMap(([groupVersion, names]) => {
    const [version = '', group = ''] = groupVersion.split('/').reverse();
    return names
      .split(' ')
      .map((kind) => ({ group, version, name: pluralOf(kind), kind, isNamespaced }));
  });
}

function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return name.endsWith('ss') ? `${name}es` : `${name}s`;
}

/** The kinds of a cluster, and the documents by which clients find them. */
export class Resources {
  readonly #known: readonly Resource[];

  constructor(isOpenShift: boolean) {
    this.#known = ALL.filter(({ group }) => isOpenShift || !OPENSHIFT.test(group));
  }

  find(group: string, name: string): Resource | undefined {
    return this.#known.find((resource) => resource.group === group && resource.name === name);
  }

  ofKind(kind: string): Resource | undefined {
    return this.#known.find((resource) => resource.kind === kind);
  }

  get namespaced(): readonly Resource[] {
    return this.#known.filter(({ isNamespaced }) => isNamespaced);
  }

  /** What stands at `/api`, `/apis` and below. @returns undefined when it is no such path */
  document(path: string): object | undefined {
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.#groups() };
    const match = /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>v\w+)$/.exec(path);
    if (!match) return undefined;
    const { group = '', version } = match.groups ?? {};
    const own = this.#known.filter((each) => each.group === group && each.version === version);
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: group === '' ? version : `${group}/${version}`,
      resources: own.flatMap(describe),
    };
  }

  #groups(): object[] {
    const names = new Set(this.#known.map(({ group }) => group).filter((group) => group !== ''));
    return [...names].map((name) => {
      const version = this.#known.find(({ group }) => group === name)?.version ?? '';
      const preferred = { groupVersion: `${name}/${version}`, version };
      return { name, versions: [preferred], preferredVersion: preferred };
    });
  }
}

function describe({ name, kind, isNamespaced }: Resource): object[] {
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  return [{ name, singularName: kind.toLowerCase(), namespaced: isNamespaced, kind, verbs }];
}
