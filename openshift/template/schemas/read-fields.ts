/**
 * Finds the fields that a validator never looks at.
 *
 * The validators of kubernetes-models are compiled functions that pass over unknown fields, so a misspelt one is as good as none. They read each
 * field that their schema has by name, and all fields of maps: what is not read is in no schema.
 */
export class ReadFields {
  readonly #read = new WeakMap<object, Set<PropertyKey>>();
  readonly #proxies = new WeakMap<object, object>();

  /** A view of a value; what is read through it counts as read. */
  watch<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#proxies.get(value);
    if (known) return known as T;
    const read = new Set<PropertyKey>();
    const proxy = new Proxy<object>(value, {
      get: (target, key) => {
        read.add(key);
        return this.watch(Reflect.get(target, key));
      },
    });
    this.#read.set(value, read);
    this.#proxies.set(value, proxy);
    return proxy as T;
  }

  /** @returns paths such as `/spec/template/sepc` of what was not read, and nothing below */
  unread(value: unknown, path = ''): string[] {
    if (typeof value !== 'object' || value === null) return [];
    const read = this.#read.get(value);
    return Object.entries(value).flatMap(([key, field]) => {
      const place = `${path}/${key}`;
      return read?.has(key) ? this.unread(field, place) : [place];
    });
  }
}
