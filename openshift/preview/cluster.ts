/** What the command does with a cluster: reads, makes, changes and removes objects. */

import type { Platform } from '../template/mod.ts';
import type { KubernetesObject, LiveObject } from './objects.ts';
import { type Oc, OcError } from './oc.ts';

/** Who owns the fields that are applied; a second owner would keep what the templates no longer set. */
const FIELD_MANAGER = 'overseer-preview';

type AccessReview = LiveObject<unknown, { readonly allowed?: boolean }>;

export class Cluster {
  private constructor(
    readonly oc: Oc,
    readonly platform: Platform,
    private readonly versions: ReadonlySet<string>,
  ) {}

  /** Asks the cluster what it is. */
  static async connect(oc: Oc): Promise<Cluster> {
    const versions = new Set((await oc.run(['api-versions'])).split('\n'));
    const isOpenShift = versions.has('project.openshift.io/v1');
    return new Cluster(oc, isOpenShift ? 'openshift' : 'kubernetes', versions);
  }

  /** Whether it has a version of the API, such as that of an operator. */
  serves(apiVersion: string): boolean {
    return this.versions.has(apiVersion);
  }

  /** How projects are called here: on OpenShift everybody sees his own, while all namespaces are for administrators. */
  get projectResource(): 'projects' | 'namespaces' {
    return this.platform === 'openshift' ? 'projects' : 'namespaces';
  }

  /** @returns undefined when there is none */
  get<Live extends LiveObject>(
    resource: string,
    name: string,
    namespace?: string,
  ): Promise<Live | undefined> {
    return this.oc.json<Live>(['get', resource, name, '--ignore-not-found', ...inside(namespace)]);
  }

  /** @param resources as `oc get` takes them: `pods,events` */
  async list<Live extends LiveObject>(
    resources: string,
    { namespace, selector }: { readonly namespace?: string; readonly selector?: string } = {},
  ): Promise<Live[]> {
    const where = selector === undefined ? [] : ['--selector', selector];
    const list = await this.oc.json<{ items: Live[] }>([
      'get',
      resources,
      ...inside(namespace),
      ...where,
    ]);
    return list?.items ?? [];
  }

  /** Whether this account may make objects of a kind. */
  async mayCreate(group: string, resource: string, namespace: string): Promise<boolean> {
    const input = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb: 'create', group, resource } },
    });
    const review = await this.oc.json<AccessReview>(['create', '--validate=false', '-f', '-'], {
      input,
    });
    return review?.status?.allowed === true;
  }

  /** @returns false when there is one of that name already */
  async create(object: KubernetesObject, namespace?: string): Promise<boolean> {
    return isDone('AlreadyExists', this.#send('create', [object], namespace));
  }

  /** Changes an object as it was read. @returns false when somebody has changed it since */
  async replace(object: KubernetesObject, namespace?: string): Promise<boolean> {
    return isDone('Conflict', this.#send('replace', [object], namespace));
  }

  /**
   * Makes objects, or makes them what they should be.
   *
   * By the server: it knows who set which field, so that an autoscaler's replicas stay, refuses fields that a kind does not have, and needs no copy of
   * a secret in an annotation, as `oc apply` by itself leaves one.
   */
  async apply(objects: readonly KubernetesObject[], namespace: string): Promise<void> {
    if (objects.length === 0) return;
    const how = ['--server-side', '--force-conflicts', `--field-manager=${FIELD_MANAGER}`];
    await this.#send('apply', objects, namespace, how);
  }

  /** Changes parts of an object, by JSON merge patch. */
  async patch(resource: string, name: string, change: object): Promise<void> {
    const patch = JSON.stringify(change);
    await this.oc.run(['patch', resource, name, '--type=merge', '--patch', patch, '-o', 'name']);
  }

  /**
   * Begins to delete a project, as it was read: not one of its name that was made or changed since.
   * @returns false when it was
   */
  async deleteProject({ metadata }: LiveObject): Promise<boolean> {
    const path =
      this.platform === 'openshift'
        ? '/apis/project.openshift.io/v1/projects'
        : '/api/v1/namespaces';
    const { uid, resourceVersion } = metadata;
    const input = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
    });
    const request = this.oc.run(['delete', '--raw', `${path}/${metadata.name}`, '-f', '-'], {
      input,
    });
    return isDone('Conflict', request);
  }

  #send(
    verb: string,
    objects: readonly KubernetesObject[],
    namespace: string | undefined,
    options: readonly string[] = [],
  ): Promise<string> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const secrets = objects.flatMap(secretsOf);
    // The server looks itself, and the client would fetch the schemas of everything for it, at each call.
    const validation = '--validate=false';
    const args = [verb, ...options, validation, '-f', '-', '-o', 'name', ...inside(namespace)];
    return this.oc.run(args, { input, secrets });
  }
}

function inside(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['--namespace', namespace];
}

/** What may stand in an error of the API about a Secret. */
function secretsOf({ kind, data = {}, stringData = {} }: KubernetesObject): string[] {
  if (kind !== 'Secret') return [];
  const decoded = Object.values(data as Record<string, string>).map((value) =>
    Buffer.from(value, 'base64').toString(),
  );
  return [...decoded, ...Object.values(stringData as Record<string, string>)];
}

/** @returns false for that reason of refusal; @throws OcError for others */
async function isDone(reason: string, request: Promise<string>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof OcError && error.reason === reason) return false;
    throw error;
  }
}
