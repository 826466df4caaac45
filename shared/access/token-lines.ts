import { RIGHTS, type Right, TokenGrant } from './grant.ts';
import { DIGEST_BYTES, digestOfToken, TOKEN_BYTES_MAX } from './token.ts';

/**
 * Tokens as operators write them, one a line, in any order of its parts; `#` begins a comment:
 *
 *     name=telegraf databases=host,demo rights=write sha256=9f86d081884c7d65…
 *
 * `*` means all databases. In names, a space or one of `,;=#%` is written as `%XX`, as in URLs.
 *
 * `token=` in place of `sha256=` has the token itself. It is for files that something else writes and guards which can make random texts and no hashes,
 * such as a Secret of a template of OpenShift; a line that a person keeps has the hash. Of the token nothing but its hash is kept in memory.
 */

const PARTS = ['name', 'databases', 'rights', 'sha256', 'token'] as const;
type Part = (typeof PARTS)[number];

/** Each is held in memory, and a larger number is a mistake, such as another file. */
export const TOKENS_MAX = 10_000;
const NAME_CHARACTERS_MAX = 128;
const ALL_DATABASES = '*';

/** A line is wrong. The message names the line and never what was given as `sha256` or `token`: it may be the token itself. */
export class TokenLineError extends Error {
  override name = 'TokenLineError';
}

/**
 * @param source of the text, for errors
 * @throws TokenLineError for the first line that is wrong
 */
export function parseTokenLines(text: string, source: string): TokenGrant[] {
  const grants: TokenGrant[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (line === '') continue;
    try {
      grants.push(parseTokenLine(line));
    } catch (error) {
      if (!(error instanceof TokenLineError)) throw error;
      throw new TokenLineError(`${source}, line ${index + 1}: ${error.message}`, { cause: error });
    }
    if (grants.length > TOKENS_MAX) {
      throw new TokenLineError(`${source} has more than ${TOKENS_MAX} tokens, which is the limit`);
    }
  }
  return grants;
}

/** The line of a token. */
export function formatTokenLine(grant: TokenGrant): string {
  const databases =
    grant.databases === '*' ? ALL_DATABASES : [...grant.databases].map(escapeName).join(',');
  return [
    `name=${escapeName(grant.name)}`,
    `databases=${databases}`,
    `rights=${[...grant.rights].join(',')}`,
    `sha256=${grant.digest.toString('hex')}`,
  ].join(' ');
}

/** Databases as a list in the form of a line. @throws TokenLineError */
export function parseDatabases(text: string): ReadonlySet<string> | '*' {
  if (text === ALL_DATABASES) return '*';
  const list = text.split(',');
  if (list.includes('')) {
    throw new TokenLineError(
      'databases has an empty name; valid is a list such as host,demo, or * for all',
    );
  }
  if (list.includes(ALL_DATABASES)) {
    throw new TokenLineError('databases has * beside others; * alone means all databases');
  }
  return new Set(list.map((name) => unescapeName(name, 'databases')));
}

/** Rights as a list in the form of a line. @throws TokenLineError */
export function parseRights(text: string): ReadonlySet<Right> {
  const rights = text.split(',').map((right) => RIGHTS.find((known) => known === right));
  if (rights.includes(undefined)) {
    throw new TokenLineError(`rights is "${shown(text)}"; valid is read, write, or read,write`);
  }
  return new Set(rights as Right[]);
}

/** A name in the form of a line. @throws TokenLineError */
export function parseName(text: string): string {
  const name = unescapeName(text, 'name');
  if (name !== '' && name.length <= NAME_CHARACTERS_MAX) return name;
  throw new TokenLineError(
    `name has ${name.length} characters; valid is 1 to ${NAME_CHARACTERS_MAX}`,
  );
}

function parseTokenLine(line: string): TokenGrant {
  const parts = new Map<Part, string>();
  for (const text of line.split(/\s+/)) {
    const at = text.indexOf('=');
    const part = PARTS.find((known) => known === text.slice(0, at));
    // Not shown: whoever pasted a token by mistake would find it in the log.
    if (!part) throw new TokenLineError(`a part is none of ${PARTS.join('=, ')}=`);
    if (parts.has(part)) throw new TokenLineError(`${part} is there twice`);
    parts.set(part, text.slice(at + 1));
  }
  const required = (part: Part): string => {
    const value = parts.get(part);
    if (value !== undefined) return value;
    throw new TokenLineError(`${part}= is missing; "overseer token create" makes whole lines`);
  };
  if (parts.has('sha256') && parts.has('token')) {
    throw new TokenLineError('sha256= and token= are both there; one of them is enough');
  }
  const token = parts.get('token');
  return new TokenGrant(
    parseName(required('name')),
    token === undefined ? parseDigest(required('sha256')) : parseToken(token),
    parseRights(required('rights')),
    parseDatabases(required('databases')),
  );
}

/** What `sha256sum` makes of a variable that is not set: anybody would have such a token. */
const DIGEST_OF_NOTHING = digestOfToken('');

function parseDigest(text: string): Buffer {
  if (!new RegExp(`^[0-9a-fA-F]{${2 * DIGEST_BYTES}}$`).test(text)) {
    throw new TokenLineError(
      `sha256 is not ${2 * DIGEST_BYTES} hexadecimal digits; it is the hash of the token, not the token itself`,
    );
  }
  const digest = Buffer.from(text, 'hex');
  if (!digest.equals(DIGEST_OF_NOTHING)) return digest;
  throw new TokenLineError('sha256 is the hash of nothing, not that of a token');
}

/** Random texts of half as many characters can't be guessed; words and passwords of people are shorter than this. */
const TOKEN_CHARACTERS_MIN = 40;

function parseToken(text: string): Buffer {
  if (text.length >= TOKEN_CHARACTERS_MIN && Buffer.byteLength(text) <= TOKEN_BYTES_MAX) {
    return digestOfToken(text);
  }
  throw new TokenLineError(
    `token has ${text.length} characters; valid is ${TOKEN_CHARACTERS_MIN} to ${TOKEN_BYTES_MAX} random ones, ` +
      'because nothing slows down who guesses',
  );
}

function escapeName(name: string): string {
  return name === ALL_DATABASES
    ? '%2A'
    : name.replace(/[\s,;=#%]/g, (character) => encodeURIComponent(character));
}

function unescapeName(text: string, part: Part): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new TokenLineError(`${part} has a % that is no %XX of UTF-8: "${shown(text)}"`, {
      cause,
    });
  }
}

/** Long enough to recognise what was written. */
const SHOWN_CHARACTERS_MAX = 60;

function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}
