/** What the API server of the tests keeps: objects with versions, owners of fields, and finalizers. */
import { ApiError } from './api-error.ts';
import type { Resource } from './resources.ts';

/** An object in its JSON form; tests look into it as they like. */
export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: StoredMetadata;
  spec?: Json;
  status?: Json;
  [field: string]: unknown;
}

export interface StoredMetadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string }[];
}

export type Json = Record<string, unknown>;

/** What a client sends: not all of the metadata yet. */
export interface Sent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<StoredMetadata>;
  readonly [field: string]: unknown;
}

/** Where an object lies. */
export interface Place {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

interface Entry {
  object: Stored;
  /** What was applied last: fields that are missing the next time go away. */
  applied: Sent | undefined;
}

export class StoredObjects {
  readonly #entries = new Map<string, Entry>();
  #revision = 0;

  /** @param onChange told after each change, as controllers are */
  constructor(private readonly onChange: (object: Stored) => void) {}

  find(place: Place): Stored | undefined {
    return this.#entries.get(keyOf(place))?.object;
  }

  /** @throws ApiError when it is not there */
  get(place: Place): Stored {
    const found = this.find(place);
    if (found) return found;
    throw new ApiError(404, 'NotFound', `${describe(place)} not found`);
  }

  /** @param namespace undefined: of all */
  list(resource: Resource, namespace?: string): Stored[] {
    const prefix = `${resource.group}/${resource.name}/`;
    return [...this.#entries]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, { object }]) => object)
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace);
  }

  create(place: Place, sent: Sent): Stored {
    if (this.find(place)) {
      throw new ApiError(409, 'AlreadyExists', `${describe(place)} already exists`);
    }
    return this.#put(place, sent, undefined, undefined);
  }

  replace(place: Place, sent: Sent): Stored {
    const before = this.get(place);
    requireVersion(place, before, sent.metadata.resourceVersion);
    return this.#put(place, sent, before, this.#entries.get(keyOf(place))?.applied);
  }

  /** Server-side apply by one owner. */
  apply(place: Place, sent: Sent): Stored {
    const entry = this.#entries.get(keyOf(place));
    const kept = entry?.applied ? without(entry.object, entry.applied, sent) : entry?.object;
    const merged = merge(kept ?? {}, sent) as unknown as Sent;
    return this.#put(place, merged, entry?.object, sent);
  }

  /** JSON merge patch. */
  patch(place: Place, change: Json): Stored {
    const before = this.get(place);
    const patched = merge(before, change, true) as unknown as Sent;
    return this.#put(place, patched, before, this.#entries.get(keyOf(place))?.applied);
  }

  /** What controllers write. */
  change(object: Stored, part: 'status' | 'spec', value: Json): void {
    object[part] = { ...object[part], ...value };
    object.metadata.resourceVersion = String(++this.#revision);
  }

  /** Removes it, or marks it while finalizers hold it. @throws ApiError when it is not what the client has seen */
  delete(place: Place, preconditions: { uid?: string; resourceVersion?: string } = {}): Stored {
    const object = this.get(place);
    requireVersion(place, object, preconditions.resourceVersion);
    if (preconditions.uid !== undefined && preconditions.uid !== object.metadata.uid) {
      throw conflict(place, 'the UID in the precondition does not match the UID in record');
    }
    if ((object.metadata.finalizers ?? []).length === 0) this.#entries.delete(keyOf(place));
    else {
      object.metadata.deletionTimestamp ??= new Date().toISOString();
      object.metadata.resourceVersion = String(++this.#revision);
    }
    this.onChange(object);
    return object;
  }

  #put(place: Place, sent: Sent, before: Stored | undefined, applied: Sent | undefined): Stored {
    const { metadata: sentMetadata, ...rest } = structuredClone(sent);
    const isSame = before && JSON.stringify(before.spec) === JSON.stringify(rest.spec);
    const metadata: StoredMetadata = {
      uid: crypto.randomUUID(),
      creationTimestamp: new Date().toISOString(),
      ...before?.metadata,
      ...sentMetadata,
      name: place.name,
      ...(place.namespace !== undefined && { namespace: place.namespace }),
      resourceVersion: String(++this.#revision),
      generation: (before?.metadata.generation ?? 0) + (isSame ? 0 : 1),
    };
    const status = before?.status ?? (rest.status as Json | undefined);
    const object: Stored = { ...rest, metadata, ...(status && { status }) };
    this.#entries.set(keyOf(place), { object, applied });
    this.onChange(object);
    return object;
  }
}

function keyOf({ resource, namespace = '', name }: Place): string {
  return `${resource.group}/${resource.name}/${namespace}/${name}`;
}

function describe({ resource: { group, name: resource }, name }: Place): string {
  return `${resource}${group === '' ? '' : `.${group}`} "${name}"`;
}

function requireVersion(place: Place, before: Stored, version: string | undefined): void {
  if (version === undefined || version === before.metadata.resourceVersion) return;
  throw conflict(
    place,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

function conflict(place: Place, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${describe(place)}: ${why}`,
  );
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Maps are merged, everything else is replaced; in a patch, null takes away. */
function merge(base: Json, change: Json | Sent, isPatch = false): Json {
  const result: Json = { ...base };
  for (const [key, value] of Object.entries(change)) {
    if (isPatch && value === null) delete result[key];
    else {
      const old = result[key];
      result[key] = isMap(value) ? merge(isMap(old) ? old : {}, value, isPatch) : value;
    }
  }
  return result;
}

/** What was applied before and is not applied now goes away. */
function without(object: Json, before: Json | Sent, now: Json | Sent): Json {
  const entries = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    const [applied, kept] = [(before as Json)[key], (now as Json)[key]];
    if (applied !== undefined && kept === undefined && key !== 'metadata') return [];
    if (isMap(value) && isMap(applied))
      return [[key, without(value, applied, isMap(kept) ? kept : {})]];
    return [[key, value]];
  });
  return Object.fromEntries(entries);
}
