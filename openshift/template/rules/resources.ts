import { parseQuantity } from '../../preview/quota/quantity.ts';
import { checkQuota } from '../../preview/quota/quota-check.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { containersOf, contentsOf, environmentOf, find, podsOf } from './pods.ts';

const RESOURCES = ['cpu', 'memory'] as const;
const MEBIBYTE = 1024 ** 2;

/** Requests and limits of every container, in order; and a limit of every emptyDir, which else may fill the node. */
export function checkResources(objects: readonly KubernetesObject[]): string[] {
  const ofContainers = containersOf(objects).flatMap(({ container, name }) =>
    RESOURCES.flatMap((resource) => {
      const request = container.resources?.requests?.[resource];
      const limit = container.resources?.limits?.[resource];
      if (!request || !limit) return [`${name}: no request or no limit of ${resource}`];
      const isOrdered = parseQuantity(request) <= parseQuantity(limit);
      return isOrdered ? [] : [`${name}: it requests more ${resource} than it may use`];
    }),
  );
  const ofVolumes = podsOf(objects).flatMap(({ owner, spec }) =>
    (spec.volumes ?? [])
      .filter(({ emptyDir }) => emptyDir && !emptyDir.sizeLimit)
      .map(({ name }) => `${owner.metadata.name}: the emptyDir ${name} has no size`),
  );
  return [...ofContainers, ...ofVolumes];
}

/** Everything fits into the quota, updates and all replicas of the autoscalers included; so does one container that says nothing. */
export function checkProjectQuota(objects: readonly KubernetesObject[]): string[] {
  const quota = objects.find(({ kind }) => kind === 'ResourceQuota');
  const range = objects.find(({ kind }) => kind === 'LimitRange');
  if (!quota || !range) return ['there is no ResourceQuota or no LimitRange'];
  const { hard } = quota.spec as { hard: Record<string, string> };
  const { limits } = range.spec as {
    limits: readonly { default: Record<string, string>; defaultRequest: Record<string, string> }[];
  };
  const tooLarge = limits.flatMap(({ default: most, defaultRequest }) =>
    RESOURCES.flatMap((resource) => [
      ...larger(
        defaultRequest[resource],
        hard[`requests.${resource}`],
        `default request of ${resource}`,
      ),
      ...larger(most[resource], hard[`limits.${resource}`], `default limit of ${resource}`),
      ...larger(defaultRequest[resource], most[resource], `default request of ${resource}`),
    ]),
  );
  return [...checkQuota(objects).problems, ...tooLarge];
}

function larger(amount: string | undefined, bound: string | undefined, what: string): string[] {
  if (!amount || !bound) return [`no ${what}, or no quota of it`];
  return parseQuantity(amount) <= parseQuantity(bound) ? [] : [`the ${what} is more than ${bound}`];
}

/**
 * What a service needs besides. Ten seconds after its start, with empty caches, `ps` shows 66 MiB (processor) to 114 MiB (the store, with its three
 * threads); the rest is for garbage that is not collected yet.
 */
const BASE_BYTES = 160 * MEBIBYTE;
/** README, QUERIES_SAMPLES_MAX; frontend/settings.ts, LIVE_POINTS_MAX. */
const SAMPLE_BYTES = 50;
const LIVE_POINT_BYTES = 9;

type Sizes = (name: string) => number;

const MEMORY: Readonly<Record<string, (sizes: Sizes) => number>> = {
  ingress: (sizes) => sizes('BODIES_BYTES_MAX') + sizes('SERIES_CACHE_BYTES_MAX'),
  store: (sizes) => sizes('QUERIES_SAMPLES_MAX') * SAMPLE_BYTES,
  frontend: (sizes) =>
    sizes('ANSWERS_BYTES_MAX') +
    sizes('LIVE_UNSENT_BYTES_MAX') +
    sizes('LIVE_POINTS_MAX') * LIVE_POINT_BYTES,
};

/** What the settings let a service hold fits into its memory: else the kernel ends it where it would have said 503. */
export function checkMemory(objects: readonly KubernetesObject[]): string[] {
  return containersOf(objects).flatMap(({ container, pods, name }) => {
    const environment = environmentOf(container, objects);
    const settings = MEMORY[pods.component]?.((variable) => parseSize(environment[variable] ?? ''));
    if (settings === undefined) return [];
    const limit = parseQuantity(container.resources?.limits?.memory ?? '0');
    const needed = settings + BASE_BYTES;
    return needed <= limit
      ? []
      : [`${name}: its settings allow ${needed} bytes, and its memory is ${limit}`];
  });
}

/** Streams fit into JetStream, JetStream and the database into their volumes and memory. */
export function checkStorage(objects: readonly KubernetesObject[], instance: string): string[] {
  const nats = contentsOf(objects, 'ConfigMap', `${instance}-nats`);
  const file = nats?.['nats.conf']?.match(/servers-\d+\.conf/)?.[0] ?? '';
  const configuration = nats?.[file] ?? '';
  const fileStore = parseSize(/max_file_store: (\S+)/.exec(configuration)?.[1] ?? '');
  const memoryStore = parseSize(/max_memory_store: (\S+)/.exec(configuration)?.[1] ?? '');
  const store = containersOf(objects).find(({ pods }) => pods.component === 'store');
  const environment = store ? environmentOf(store.container, objects) : {};
  const sizes: Sizes = (name) => parseSize(environment[name] ?? '');
  const volume = volumeOf(objects, `${instance}-nats`);
  const memory = containersOf(objects).find(({ pods }) => pods.component === 'nats');
  const memoryLimit = parseQuantity(memory?.container.resources?.limits?.memory ?? '0');
  const database = volumeOf(objects, `${instance}-postgres`);
  return [
    ...exceeds(
      'the streams and buckets',
      sizes('POINTS_BYTES_MAX') + sizes('DEAD_BYTES_MAX') + BUCKETS_BYTES,
      fileStore,
    ),
    ...exceeds('the file store of JetStream', fileStore, volume),
    ...exceeds('the stream STORED', STORED_BYTES, memoryStore),
    ...exceeds('the memory store of JetStream', memoryStore + 64 * MEBIBYTE, memoryLimit),
    ...(database === undefined
      ? []
      : exceeds('the database and its WAL', sizes('DATABASE_BYTES_MAX') + WAL_BYTES, database)),
  ];
}

/** store/streams.ts: JetStream sets aside what a bucket may have, and makes none that does not fit. */
export const BUCKETS_BYTES = (256 + 16 + 256) * MEBIBYTE;
/** docs/contracts.md, "Streams"; templates/postgres.yaml, max_wal_size. */
const STORED_BYTES = 64 * MEBIBYTE;
const WAL_BYTES = 1024 * MEBIBYTE;

function exceeds(what: string, bytes: number, room: number | undefined): string[] {
  return room !== undefined && bytes <= room ? [] : [`${what} may have ${bytes} bytes of ${room}`];
}

function volumeOf(objects: readonly KubernetesObject[], name: string): number | undefined {
  const { volumeClaimTemplates: claims } = (find(objects, 'StatefulSet', name)?.spec ?? {}) as {
    volumeClaimTemplates?: readonly { spec: { resources: { requests: { storage: string } } } }[];
  };
  const storage = claims?.[0]?.spec.resources.requests.storage;
  return storage === undefined ? undefined : parseQuantity(storage);
}

/** As settings (`4GiB`) and NATS (`8GB`, which is binary too) write sizes. */
function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+)(?:([KMGT])i?B)?$/.exec(text) ?? [];
  return Number(digits) * 1024 ** ' KMGT'.indexOf(unit || ' ');
}
