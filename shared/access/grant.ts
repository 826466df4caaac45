/** What a token may allow: `write` includes making a database, `read` its catalogue, live updates and queries. */
export const RIGHTS = ['read', 'write'] as const;

export type Right = (typeof RIGHTS)[number];

/** Who asks, and what they may do. */
export interface Grant {
  /** Of the token, for people; never the token itself. */
  readonly name: string;
  may(right: Right, database: string): boolean;
}

/** A grant that was given to the bearer of a token. */
export class TokenGrant implements Grant {
  constructor(
    readonly name: string,
    /** SHA-256 of the token. */
    readonly digest: Buffer,
    readonly rights: ReadonlySet<Right>,
    /** '*': all, also those that don't exist yet. */
    readonly databases: ReadonlySet<string> | '*',
  ) {}

  may(right: Right, database: string): boolean {
    if (!this.rights.has(right)) return false;
    return this.databases === '*' || this.databases.has(database);
  }

  /** Whether the other one is of the same token and allows the same. */
  equals(other: TokenGrant): boolean {
    if (this.name !== other.name || !this.digest.equals(other.digest)) return false;
    if (this.rights.symmetricDifference(other.rights).size > 0) return false;
    if (this.databases === '*' || other.databases === '*') {
      return this.databases === other.databases;
    }
    return this.databases.symmetricDifference(other.databases).size === 0;
  }
}

/** For everybody, where no tokens are set. */
export const ANYBODY: Grant = { name: 'anybody', may: () => true };
