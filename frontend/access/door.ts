import { AnswerError, type Logger } from '@overseer/shared';
import {
  type Access,
  AccessError,
  type Grant,
  parametersOf,
  TokenGrant,
} from '@overseer/shared/access';
import { readForm } from '../api/parameters.ts';
import { isAllowedOrigin } from '../live/origin.ts';
import type { FrontendMetrics, SignInOutcome } from '../metrics.ts';
import { loginPage } from './login-page.ts';
import { openSession, sealSession } from './session.ts';
import type { SessionSecret } from './session-secret.ts';
import type { Visitor } from './visitor.ts';

const COOKIE = 'overseer_session';
/** The page itself: everything that it shows is asked for, so that it is no secret. */
const HOME = '/';
export const LOGIN_PATH = '/login';
export const LOGOUT_PATH = '/logout';
/** A token, and the longest path that browsers and proxies let pass: strangers may send this form, many at once. */
const FORM_BYTES_MAX = 16 * 1024;

export interface DoorOptions {
  readonly access: Access;
  readonly secret: SessionSecret;
  readonly sessionLifetimeMs: number;
  readonly allowedOrigins: readonly string[];
  readonly metrics: Pick<FrontendMetrics, 'signIns'>;
  readonly log: Logger;
}

/** Knows who sends a request: programs by their token, people by the cookie that they get for theirs. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /**
   * @throws AccessError 401 when nobody knows who it is
   * @throws AnswerError unavailable while sessions can't be checked
   */
  visitor({ headers }: Request): Visitor {
    const { access } = this.#options;
    const cookie = access.isOpen || headers.has('authorization') ? undefined : cookieOf(headers);
    if (cookie === undefined) {
      return { grant: access.identify(headers), expiresAtMs: Number.POSITIVE_INFINITY };
    }
    const session = openSession(cookie, this.#secret(), (name) => access.byName(name));
    if (session) return session;
    throw new AccessError(401, 'the session has ended; sign in again');
  }

  /** The page on which people sign in; nobody has to where no tokens are set. */
  showLogin(request: Request): Response {
    const next = pathWithin(parametersOf(request).get('next'));
    if (this.#options.access.isOpen) return redirect(next);
    return loginPage({ next, status: 200 });
  }

  /** Takes the token of the form; gives the cookie. @throws AnswerError, RequestError for a form that can't be read */
  async login(request: Request): Promise<Response> {
    let outcome: SignInOutcome = 'refused';
    try {
      const response = await this.#login(request);
      outcome = response.status === 303 ? 'ok' : 'unknown_token';
      return response;
    } finally {
      this.#options.metrics.signIns.inc({ outcome });
    }
  }

  async #login(request: Request): Promise<Response> {
    this.#checkOrigin(request);
    const form = await readForm(request, FORM_BYTES_MAX);
    const next = pathWithin(form.get('next'));
    const { access, sessionLifetimeMs, log } = this.#options;
    if (access.isOpen) return redirect(next);
    let grant: Grant;
    try {
      grant = access.identifyToken(form.get('token')?.trim() ?? '');
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      return loginPage({ next, error: 'This token is not known.', status: error.status });
    }
    if (!(grant instanceof TokenGrant)) return redirect(next);
    const expiresAtMs = Date.now() + sessionLifetimeMs;
    const text = sealSession({ grant, expiresAtMs }, this.#secret());
    log.info({ token: grant.name }, 'somebody signed in');
    return redirect(next, cookieHeader(request, text, Math.floor(sessionLifetimeMs / 1000)));
  }

  /** Takes the cookie back. */
  logout(request: Request): Response {
    this.#checkOrigin(request);
    return redirect(LOGIN_PATH, cookieHeader(request, '', 0));
  }

  /** Other sites must not sign people in or out. */
  #checkOrigin(request: Request): void {
    if (isAllowedOrigin(request, this.#options.allowedOrigins)) return;
    throw new AccessError(403, 'other sites may not sign anybody in or out');
  }

  /** @throws AnswerError unavailable */
  #secret(): Uint8Array {
    const { current } = this.#options.secret;
    if (current) return current;
    throw new AnswerError(
      'unavailable',
      'sessions can not be checked until NATS is connected and the store has started; try again',
    );
  }
}

function cookieOf(headers: Headers): string | undefined {
  const cookies = new Bun.CookieMap(headers.get('cookie') ?? '');
  return cookies.get(COOKIE) || undefined;
}

/** Out of reach of scripts and of other sites, and never sent in the clear by those who came over HTTPS. */
function cookieHeader(request: Request, value: string, maxAgeSeconds: number): string {
  const secure = cameOverHttps(request) ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

/** To us, or to a proxy before us: not all of them say so, but browsers do, with every form. */
function cameOverHttps({ url, headers }: Request): boolean {
  const [forwarded = ''] = (headers.get('x-forwarded-proto') ?? '').split(',', 1);
  const isOriginSecure = headers.get('origin')?.startsWith('https:') ?? false;
  return url.startsWith('https:') || forwarded.trim() === 'https' || isOriginSecure;
}

function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' });
  if (cookie !== undefined) headers.set('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}

/** A path of our own: `next` comes from a link that anybody may have made. */
function pathWithin(next: string | null): string {
  const base = 'http://here';
  if (!next?.startsWith('/') || !URL.canParse(next, base)) return HOME;
  const { origin, pathname, search, hash } = new URL(next, base);
  // A path that begins with two slashes is another host's.
  if (origin !== base || pathname.startsWith('//')) return HOME;
  return `${pathname}${search}${hash}`;
}
