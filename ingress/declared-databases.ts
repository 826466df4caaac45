/** Databases that may exist. */
export const DATABASES_MAX = 1000;
/**
 * Names of databases that a parser may meet before it is replaced by a new one: a body names a database even if it has no good
 * line.
 */
export const DATABASE_NAMES_MAX = 16 * DATABASES_MAX;

interface Declared {
  readonly name: string;
  readonly revision: number;
}

/** The databases that have a key of their own in the schema bucket: whoever created one need not have written to it. */
export class DeclaredDatabases {
  readonly #byKey = new Map<string, Declared>();

  names(): string[] {
    return Array.from(this.#byKey.values(), ({ name }) => name);
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  /** Of the key, as it is known; 0 when it is not. */
  revision(key: string): number {
    return this.#byKey.get(key)?.revision ?? 0;
  }

  adopt(key: string, name: string, revision: number): void {
    this.#byKey.set(key, { name, revision });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
