import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenGrant } from '@overseer/shared/access';

/** Signed with each session, so that its signature means nothing anywhere else. */
const PURPOSE = 'overseer session 1';
/** Names have 128 characters at the most; a longer text is no session. */
const SESSION_CHARACTERS_MAX = 2048;
const FORM = /^(\d{1,15})\.([\w-]*)\.[\w-]{43}$/;

/** Who is in session, and until when. */
export interface Session {
  readonly grant: TokenGrant;
  readonly expiresAtMs: number;
}

/**
 * A session as a text for a cookie: when it ends, the name of the token, and a signature of both and of the token's hash. Nothing is
 * kept of it: every frontend with the secret and the tokens can check it, and it ends with its token.
 */
export function sealSession({ grant, expiresAtMs }: Session, secret: Uint8Array): string {
  const name = Buffer.from(grant.name).toString('base64url');
  return `${expiresAtMs}.${name}.${signature(grant, expiresAtMs, secret).toString('base64url')}`;
}

/**
 * The session of a text that `sealSession` made with the same secret.
 * @param byName the token of a name as it is now
 * @returns undefined for any other text, after the session has ended, and when its token was changed or removed
 */
export function openSession(
  text: string,
  secret: Uint8Array,
  byName: (name: string) => TokenGrant | undefined,
): Session | undefined {
  if (text.length > SESSION_CHARACTERS_MAX) return undefined;
  const [, expires, name = ''] = FORM.exec(text) ?? [];
  const expiresAtMs = Number(expires);
  if (!(expiresAtMs > Date.now())) return undefined;
  const grant = byName(Buffer.from(name, 'base64url').toString());
  if (!grant) return undefined;
  const session = { grant, expiresAtMs };
  const genuine = Buffer.from(sealSession(session, secret));
  const given = Buffer.from(text);
  return given.length === genuine.length && timingSafeEqual(given, genuine) ? session : undefined;
}

/** Names may contain anything, so that they come last. */
function signature(grant: TokenGrant, expiresAtMs: number, secret: Uint8Array): Buffer {
  const text = `${PURPOSE}\n${expiresAtMs}\n${grant.digest.toString('hex')}\n${grant.name}`;
  return createHmac('sha256', secret).update(text).digest();
}
