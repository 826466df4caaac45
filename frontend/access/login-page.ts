import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Read once; no build comes between, so that people can sign in whatever becomes of the page. */
const TEMPLATE = readFileSync(join(import.meta.dir, 'login.html'), 'utf8');
const ERROR = '<!-- error -->';
const NEXT = '<!-- next -->';

/** Its one style by its hash, its one form, and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', styleOf(TEMPLATE), 'base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // With "no-referrer" browsers would not tell the origin of the form.
  'referrer-policy': 'same-origin',
};

export interface LoginPage {
  /** Path to go to afterwards. */
  readonly next: string;
  /** What was wrong with the attempt before. */
  readonly error?: string;
  readonly status: number;
}

/** The page on which people sign in. */
export function loginPage({ next, error, status }: LoginPage): Response {
  const alert = error === undefined ? '' : `<p role="alert">${Bun.escapeHTML(error)}</p>`;
  // By functions: a replacement text would be searched for patterns such as "$&".
  const html = TEMPLATE.replace(ERROR, () => alert).replace(NEXT, () => Bun.escapeHTML(next));
  return new Response(html, { status, headers: HEADERS });
}

function styleOf(html: string): string {
  const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1];
  if (style === undefined) throw new Error('login.html has no style');
  return style;
}
