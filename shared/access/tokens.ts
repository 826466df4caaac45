import { timingSafeEqual } from 'node:crypto';
import type { TokenGrant } from './grant.ts';
import { digestOfToken, TOKEN_BYTES_MAX } from './token.ts';
import { TokenLineError } from './token-lines.ts';

/** Bytes of a digest by which tokens are found. */
const SELECTOR_BYTES = 8;

/** The tokens of one moment. */
export class Tokens {
  readonly #bySelector = new Map<string, TokenGrant>();
  readonly #byName = new Map<string, TokenGrant>();

  /** @throws TokenLineError when two have one name, or are one token */
  constructor(grants: readonly TokenGrant[]) {
    for (const grant of grants) {
      if (this.#byName.has(grant.name)) {
        throw new TokenLineError(`the name "${grant.name}" is given to two tokens`);
      }
      const selector = selectorOf(grant.digest);
      const other = this.#bySelector.get(selector);
      if (other) {
        throw new TokenLineError(`"${other.name}" and "${grant.name}" have the same sha256`);
      }
      this.#byName.set(grant.name, grant);
      this.#bySelector.set(selector, grant);
    }
  }

  get count(): number {
    return this.#byName.size;
  }

  /**
   * What the token allows; undefined for one that is not known. One hash and one look-up, however many tokens there are.
   * Its time tells nothing about the tokens: the look-up may tell the first bytes of a digest, which nobody can turn into a token,
   * and the digests are compared in constant time.
   */
  find(token: string): TokenGrant | undefined {
    if (Buffer.byteLength(token) > TOKEN_BYTES_MAX) return undefined;
    const digest = digestOfToken(token);
    const grant = this.#bySelector.get(selectorOf(digest));
    return grant && timingSafeEqual(grant.digest, digest) ? grant : undefined;
  }

  byName(name: string): TokenGrant | undefined {
    return this.#byName.get(name);
  }
}

function selectorOf(digest: Buffer): string {
  return digest.toString('latin1', 0, SELECTOR_BYTES);
}
