/** Where a preview is reached from outside. */
import type { Cluster } from './cluster.ts';
import type { Condition, LiveObject } from './objects.ts';

type LiveRoute = LiveObject<
  { readonly host?: string; readonly tls?: object },
  {
    readonly ingress?: readonly {
      readonly host?: string;
      readonly conditions?: readonly Condition[];
    }[];
  }
>;

type LiveIngress = LiveObject<
  { readonly rules?: readonly { readonly host?: string }[]; readonly tls?: readonly object[] },
  {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[];
    };
  }
>;

export interface Addresses {
  /** Of the page and the query API. */
  readonly page: string;
  /** To write to. */
  readonly write: string;
}

/** @param name that everything in the preview begins with; @returns undefined while the router has not taken both */
export async function readAddresses(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Addresses | undefined> {
  const read = cluster.platform === 'openshift' ? readRoute : readIngress;
  const [page, write] = await Promise.all([
    read(cluster, namespace, name),
    read(cluster, namespace, `${name}-ingress`),
  ]);
  return page === undefined || write === undefined ? undefined : { page, write };
}

async function readRoute(cluster: Cluster, namespace: string, name: string) {
  const route = await cluster.get<LiveRoute>('routes', name, namespace);
  const admitted = route?.status?.ingress?.find(({ conditions = [] }) =>
    conditions.some(({ type, status }) => type === 'Admitted' && status === 'True'),
  );
  if (!admitted?.host) return undefined;
  return `${route?.spec?.tls ? 'https' : 'http'}://${admitted.host}`;
}

/** Without a host in its rule it answers at the address of the load balancer. */
async function readIngress(cluster: Cluster, namespace: string, name: string) {
  const ingress = await cluster.get<LiveIngress>('ingresses', name, namespace);
  const [balancer] = ingress?.status?.loadBalancer?.ingress ?? [];
  const host = ingress?.spec?.rules?.[0]?.host ?? balancer?.hostname ?? balancer?.ip;
  if (host === undefined) return undefined;
  return `${ingress?.spec?.tls ? 'https' : 'http'}://${host}`;
}
