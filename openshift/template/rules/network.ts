import { isMap, type KubernetesObject } from '../kubernetes-object.ts';
import { type Flow, flow, MONITORING, NAMES, neededFlows, ROUTER } from './flows.ts';
import { matches, podsOf, type Selector } from './pods.ts';

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number; readonly endPort?: number }[];
}

interface PolicySpec {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** Nothing is allowed by default, and besides exactly the flows that the installation needs, at both of their ends. */
export function checkNetwork(objects: readonly KubernetesObject[]): string[] {
  const policies = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ spec }) => spec as PolicySpec);
  const components = new Set(podsOf(objects).map(({ component }) => component));
  const needed = neededFlows(objects);
  const leaving = allowedFlows('egress', policies, objects);
  const coming = allowedFlows('ingress', policies, objects);
  const isPod = (name = '') => components.has(name);
  const leave = [...needed].filter((one) => isPod(one.split(' -> ')[0]));
  const come = [...needed].filter((one) => isPod(one.split(' -> ')[1]?.split(':')[0]));
  return [
    ...(policies.some(deniesAll) ? [] : ['no policy denies everything to all pods']),
    ...difference(leave, leaving).map((one) => `egress policies forbid ${one}, which is needed`),
    ...difference(leaving, leave).map((one) => `egress policies allow ${one}, which nothing needs`),
    ...difference(come, coming).map((one) => `ingress policies forbid ${one}, which is needed`),
    ...difference(coming, come).map((one) => `ingress policies allow ${one}, which nothing needs`),
  ];
}

function deniesAll({ podSelector, policyTypes, ingress, egress }: PolicySpec): boolean {
  const isForAll = Object.keys(podSelector).length === 0;
  return isForAll && policyTypes.length === 2 && !ingress?.length && !egress?.length;
}

function difference(one: Iterable<Flow>, other: Iterable<Flow>): Flow[] {
  const others = new Set(other);
  return [...one].filter((candidate) => !others.has(candidate));
}

function allowedFlows(
  direction: 'ingress' | 'egress',
  policies: readonly PolicySpec[],
  objects: readonly KubernetesObject[],
): Set<Flow> {
  const flows = new Set<Flow>();
  for (const policy of policies) {
    const own = selected(policy.podSelector, objects);
    for (const { from = [], to = [], ports = [] } of policy[direction] ?? []) {
      const peers = direction === 'ingress' ? from : to;
      const others =
        peers.length === 0 ? ['anybody'] : peers.flatMap((peer) => whoIs(peer, objects));
      const isEveryPort = ports.length === 0 || ports.some(({ endPort }) => endPort !== undefined);
      const numbers = isEveryPort ? [0] : ports.map(({ port }) => port);
      for (const pod of own) {
        for (const other of others) {
          const [source, target] = direction === 'ingress' ? [other, pod] : [pod, other];
          for (const port of numbers) {
            flows.add(target === NAMES ? `${source} -> ${NAMES}` : flow(source, target, port));
          }
        }
      }
    }
  }
  return flows;
}

function selected(selector: Selector, objects: readonly KubernetesObject[]): string[] {
  return podsOf(objects)
    .filter(({ labels }) => matches(selector, labels))
    .map(({ component }) => component);
}

const ROUTER_LABEL = 'policy-group.network.openshift.io/ingress';
/** Labels of namespaces, and values of the label with a namespace's name, on OpenShift and elsewhere. */
const OF_THE_CLUSTER: Readonly<Record<string, string>> = {
  [ROUTER_LABEL]: ROUTER,
  'ingress-nginx': ROUTER,
  'openshift-dns': NAMES,
  'kube-system': NAMES,
  'openshift-user-workload-monitoring': MONITORING,
};

function whoIs(
  { podSelector, namespaceSelector }: Peer,
  objects: readonly KubernetesObject[],
): string[] {
  if (!namespaceSelector) return podSelector ? selected(podSelector, objects) : ['anybody'];
  const labels = isMap(namespaceSelector.matchLabels) ? namespaceSelector.matchLabels : {};
  const entries = Object.entries(labels).flat();
  const known = entries.map((part) => OF_THE_CLUSTER[String(part)]).find((name) => name);
  // OpenShift's documentation, "About network policy": a namespaceSelector alone does not include pods on the network of their host.
  if (ROUTER_LABEL in labels && !podSelector) return [`${ROUTER}, but on the network of its host`];
  return [known ?? `a namespace with ${JSON.stringify(labels)}`];
}
