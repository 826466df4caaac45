import type { Logger } from '../log.ts';
import { SettingError } from '../settings.ts';
import { AccessError } from './access-error.ts';
import { tokenOfRequest } from './credentials.ts';
import { ANYBODY, type Grant, type Right, TokenGrant } from './grant.ts';
import { readTokens, type TokenSource } from './token-source.ts';
import type { Tokens } from './tokens.ts';
import { WatchedFiles } from './watched-files.ts';

/** For browsers and for `curl --anyauth`: the forms that a token is taken in. */
export const CHALLENGE = 'Bearer realm="overseer", Token realm="overseer", Basic realm="overseer"';

/** Who may do what: by tokens if there are any, else everybody may do everything. */
export class Access {
  readonly #source: TokenSource;
  readonly #log: Logger;
  readonly #files: WatchedFiles | undefined;
  readonly #listeners: (() => void)[] = [];
  #tokens: Tokens | undefined;
  #reloadsRefused = 0;

  /**
   * Reads the tokens, and reads them again when their file changes; a file that is wrong then changes nothing.
   * @throws SettingError when they can't be read
   */
  constructor(source: TokenSource, log: Logger, pollIntervalMs?: number) {
    this.#source = source;
    this.#log = log;
    const { tokensFile, tokens } = source;
    if (tokensFile !== undefined) {
      this.#files = new WatchedFiles([tokensFile], () => this.#reload(), pollIntervalMs);
    }
    if (tokensFile === undefined && tokens === undefined) return;
    try {
      this.#tokens = readTokens(source);
    } catch (error) {
      this.stop();
      throw error;
    }
    log.info({ tokens: this.#tokens.count }, 'requests need a token');
  }

  /** How many tokens there are. */
  get tokens(): number {
    return this.#tokens?.count ?? 0;
  }

  /** How often a changed file was wrong, so that it changed nothing. */
  get reloadsRefused(): number {
    return this.#reloadsRefused;
  }

  /** Whether everybody may do everything. */
  get isOpen(): boolean {
    return this.#tokens === undefined;
  }

  /**
   * What whoever sends a request may do.
   * @param parameters of its URL; undefined where no token is taken from them
   * @throws AccessError 401
   */
  identify(headers: Headers, parameters?: URLSearchParams): Grant {
    // Clients that were configured for a server with users send their credentials here too.
    return this.isOpen ? ANYBODY : this.identifyToken(tokenOfRequest(headers, parameters));
  }

  /**
   * What the bearer of a token may do.
   * @param token undefined: there is none
   * @throws AccessError 401
   */
  identifyToken(token: string | undefined): Grant {
    if (!this.#tokens) return ANYBODY;
    if (token === undefined) {
      throw new AccessError(
        401,
        'a token is needed, such as in the header "Authorization: Bearer <token>"',
      );
    }
    const grant = this.#tokens.find(token);
    if (grant) return grant;
    throw new AccessError(401, 'the token is not known');
  }

  /** The grant of a name as it is now; undefined when there is none any more. */
  byName(name: string): TokenGrant | undefined {
    return this.#tokens?.byName(name);
  }

  /** Whether a grant that was given before is still the same. */
  isCurrent(grant: Grant): boolean {
    if (!(grant instanceof TokenGrant)) return this.isOpen;
    const now = this.byName(grant.name);
    return now?.equals(grant) ?? false;
  }

  /** @param listener told after the tokens have changed */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#files?.stop();
  }

  #reload(): void {
    try {
      this.#tokens = readTokens(this.#source);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      this.#reloadsRefused++;
      this.#log.error(`${error.message}; the tokens stay what they were`);
      return;
    }
    this.#log.info({ tokens: this.#tokens.count }, 'the tokens have changed');
    for (const listener of this.#listeners) listener();
  }
}

/** @throws AccessError 403 when the grant does not allow it */
export function requireRight(grant: Grant, right: Right, database: string): void {
  if (grant.may(right, database)) return;
  const verb = right === 'read' ? 'read' : 'write to';
  throw new AccessError(
    403,
    `the token named ${JSON.stringify(grant.name)} may not ${verb} database ${JSON.stringify(database)}`,
  );
}
