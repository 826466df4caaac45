/**
 * An API server for tests: enough of Kubernetes and OpenShift for the real client to work with, and for the command to meet what clusters do.
 *
 * It is no judge of what objects may look like; schemas are checked elsewhere. It answers as one does about versions, owners, finalizers, projects and quota.
 */
import { ApiError } from './api-error.ts';
import { type ClusterSettings, Controllers } from './controllers.ts';
import { type Resource, Resources } from './resources.ts';
import { type Json, type Place, type Sent, type Stored, StoredObjects } from './stored-objects.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What a path means. */
interface Target extends Omit<Place, 'name'> {
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/v\w+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/[a-z]))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>\w+))?$/;

export class ApiServer implements AsyncDisposable {
  /** In the order in which they came, without discovery. */
  readonly requests: ApiRequest[] = [];
  readonly settings: ClusterSettings = {
    fates: new Map(),
    hosts: new Map(),
    crashLog: 'cannot connect to nats://overseer-nats:4222',
  };
  /** Called before each request is answered; what it throws is the answer. */
  onRequest: (request: ApiRequest) => void | Promise<void> = () => {};

  /** Called when somebody follows a log, which has no end. */
  followedLog: () => void = () => {};

  readonly #resources: Resources;
  readonly #objects: StoredObjects;
  readonly #controllers: Controllers;
  readonly #server: Bun.Server<undefined>;

  constructor(isOpenShift = true) {
    this.#resources = new Resources(isOpenShift);
    this.#controllers = new Controllers(this.#resources, () => this.#objects, this.settings);
    this.#objects = new StoredObjects((object) => this.#controllers.onChange(object));
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  /** All objects of a kind. */
  list(kind: string, namespace?: string): Stored[] {
    return this.#objects.list(this.#kind(kind), namespace);
  }

  find(kind: string, name: string, namespace?: string): Stored | undefined {
    return this.#objects.find({ resource: this.#kind(kind), namespace, name });
  }

  /** Puts an object there, as somebody else would. */
  put(kind: string, name: string, content: Json = {}, namespace?: string): Stored {
    const resource = this.#kind(kind);
    const { metadata = {}, ...rest } = content;
    const apiVersion = resource.group === '' ? 'v1' : `${resource.group}/${resource.version}`;
    const sent: Sent = { apiVersion, kind, metadata: metadata as Json, ...rest };
    if (kind === 'Namespace') return this.#createNamespace(name, sent);
    return this.#objects.apply({ resource, namespace, name }, sent);
  }

  /** Gives an object more labels, as somebody else would. */
  label({ kind, metadata: { namespace, name } }: Stored, labels: Record<string, string>): void {
    this.#objects.patch({ resource: this.#kind(kind), namespace, name }, { metadata: { labels } });
  }

  /** Removes an object, as far as its finalizers let it go. */
  remove(object: Stored): void {
    const { namespace, name } = object.metadata;
    this.#objects.delete({ resource: this.#kind(object.kind), namespace, name });
  }

  /** Takes an object away, finalizers and all. */
  release(object: Stored): void {
    object.metadata.finalizers = [];
    this.remove(object);
    this.#controllers.resync();
  }

  /** Lets controllers look at what the tests have changed. */
  resync(): void {
    this.#controllers.resync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #kind(kind: string): Resource {
    const resource = this.#resources.ofKind(kind);
    if (resource) return resource;
    throw new Error(`the API server has no ${kind}`);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const document = this.#resources.document(url.pathname);
    if (document) return Response.json(document);
    const seen = { method: request.method, path: url.pathname, body: await request.text() };
    this.requests.push(seen);
    try {
      await this.onRequest(seen);
      const answer = this.#route(seen, url.searchParams, request.headers.get('content-type') ?? '');
      return answer instanceof Response ? answer : Response.json(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Response.json(error.status, { status: error.code });
    }
  }

  #route(request: ApiRequest, query: URLSearchParams, type: string): object | Response {
    const target = this.#target(request.path);
    const { resource, namespace, name, subresource } = target;
    if (resource.kind === 'SelfSubjectAccessReview') return this.#review(parse(request));
    if (name === undefined) {
      if (request.method === 'POST') return this.#create(resource, namespace, parse(request));
      return this.#listAnswer(resource, namespace, query.get('labelSelector') ?? '');
    }
    const place = { resource, namespace, name };
    if (subresource === 'log') return this.#log(place, query);
    switch (request.method) {
      case 'GET':
        return this.#read(place);
      case 'PUT':
        return this.#objects.replace(place, parse(request));
      case 'PATCH':
        return this.#patch(place, parse(request), type);
      case 'DELETE':
        return this.#delete(place, request.body);
      default:
        throw new ApiError(405, 'MethodNotAllowed', `${request.method} is not supported`);
    }
  }

  #target(path: string): Target {
    const {
      group = '',
      namespace,
      resource: word = '',
      name,
      subresource,
    } = PATH.exec(path)?.groups ?? {};
    const resource = this.#resources.find(group, word);
    if (!resource)
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    return { resource, namespace, name, subresource };
  }

  #create(resource: Resource, namespace: string | undefined, sent: Sent): Stored {
    const name = sent.metadata.name ?? '';
    if (resource.kind === 'Project') return asProject(this.#createNamespace(name, sent));
    if (resource.kind === 'Namespace') return this.#createNamespace(name, sent);
    this.#requireNamespace(namespace);
    return this.#objects.create({ resource, namespace, name }, withData(sent));
  }

  #createNamespace(name: string, { metadata }: Sent): Stored {
    const resource = this.#kind('Namespace');
    const finalizers = [...(metadata.finalizers ?? []), 'kubernetes'];
    const sent: Sent = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { ...metadata, finalizers },
    };
    return this.#objects.create({ resource, namespace: undefined, name }, sent);
  }

  /** A namespace that is going takes nothing new. */
  #requireNamespace(name: string | undefined): void {
    if (name === undefined) return;
    const place = { resource: this.#kind('Namespace'), namespace: undefined, name };
    if (this.#objects.get(place).metadata.deletionTimestamp === undefined) return;
    throw new ApiError(
      403,
      'Forbidden',
      `unable to create new content in namespace ${name} because it is being terminated`,
    );
  }

  /** Projects are namespaces, seen differently. */
  #namespaceOf(place: Place): Place {
    if (place.resource.kind !== 'Project') return place;
    return { ...place, resource: this.#kind('Namespace') };
  }

  #read(place: Place): Stored {
    const isProject = place.resource.kind === 'Project';
    const object = this.#objects.get(this.#namespaceOf(place));
    return isProject ? asProject(object) : object;
  }

  #patch(place: Place, sent: Sent, type: string): Stored {
    if (place.resource.kind === 'Project') {
      throw new ApiError(
        422,
        'Invalid',
        `Project.project.openshift.io "${place.name}" is invalid: metadata.labels: Invalid value: field is immutable, try updating the namespace`,
      );
    }
    if (!type.includes('apply-patch')) return this.#objects.patch(place, { ...sent });
    if (!this.#objects.find(place)) this.#requireNamespace(place.namespace);
    return this.#objects.apply(place, withData(sent));
  }

  #delete(place: Place, body: string): object {
    const options = (body === '' ? {} : JSON.parse(body)) as {
      preconditions?: { uid?: string; resourceVersion?: string };
    };
    this.#objects.delete(this.#namespaceOf(place), options.preconditions);
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  }

  #listAnswer(resource: Resource, namespace: string | undefined, selector: string): object {
    const isProject = resource.kind === 'Project';
    const listed = isProject ? this.#kind('Namespace') : resource;
    const items = this.#objects
      .list(listed, namespace)
      .filter((object) => isSelected(object, selector))
      .map((object) => (isProject ? asProject(object) : object));
    const apiVersion = resource.group === '' ? 'v1' : `${resource.group}/${resource.version}`;
    return { kind: `${resource.kind}List`, apiVersion, metadata: {}, items };
  }

  /** Who has a role in the namespace may; the roles themselves nobody looks at here. */
  #review(review: Sent): object {
    const { resourceAttributes: asked } = review.spec as {
      resourceAttributes: { namespace: string };
    };
    const allowed = this.list('RoleBinding', asked.namespace).length > 0;
    return { ...review, status: { allowed } };
  }

  #log(place: Place, query: URLSearchParams): Response {
    const pod = this.#objects.get(place);
    const hasCrashed = JSON.stringify(pod.status).includes('"terminated"');
    if (query.get('previous') === 'true' && !hasCrashed) {
      throw new ApiError(400, 'BadRequest', 'previous terminated container not found');
    }
    if (query.get('follow') === 'true') {
      return new Response(new ReadableStream({ start: () => this.followedLog() }));
    }
    return new Response(
      hasCrashed ? `${this.settings.crashLog}\n` : `${pod.metadata.name} says hello\n`,
    );
  }
}

function parse({ body }: ApiRequest): Sent {
  return JSON.parse(body) as Sent;
}

/** What is sent as text is kept in base64. */
function withData(sent: Sent): Sent {
  const { stringData, ...rest } = sent;
  if (sent.kind !== 'Secret' || stringData === undefined) return sent;
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return { ...rest, data: Object.fromEntries(encoded) } as Sent;
}

function asProject(namespace: Stored): Stored {
  return { ...namespace, apiVersion: 'project.openshift.io/v1', kind: 'Project' };
}

/** @param selector `name=value,…` */
function isSelected({ metadata: { labels = {} } }: Stored, selector: string): boolean {
  const terms = selector.split(',').filter((term) => term !== '');
  return terms.every((term) => {
    const [name = '', value] = term.split('=');
    return labels[name] === value;
  });
}
