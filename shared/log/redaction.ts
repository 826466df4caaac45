/**
 * What must not be read in a log, although nobody should have put it there: the second defence. It knows secrets by their shape, in a
 * finished line of JSON.
 */

const HIDDEN = '***';

/** Each with what stays in front of the secret as its first group. */
const SHAPES: readonly RegExp[] = [
  // Tokens and sessions of our own, wherever they are.
  /()\bovs_[\w-]{16,}/g,
  /()\b\d{10,15}\.[\w-]*\.[\w-]{43}/g,
  // User and password of a URL, up to the last @ before its path: a password may have one too.
  /(\/\/)[^/?#\s"\\]+(?=@)/g,
  // Credentials of a header. Words of people are shorter.
  /\b((?:Bearer|Basic|Token)\s+)[\w+/=.~-]{16,}/gi,
  // Fields of an object, or headers that became a text; in JSON within JSON there are backslashes before the quotes.
  /((?<![a-z])(?:authorization|cookie|password|passwd|secret)\\*"?\s*[:=]\s*\\*"?)[^"\\,}]+/gi,
  // Parameters of a URL, or of a form.
  /([?&](?:u|p|user)=|(?<![a-z])(?:token|api_key)=)[^&\s"\\]+/gi,
];

/** The line with stars where a secret was. */
export function redact(line: string): string {
  return SHAPES.reduce((text, shape) => text.replace(shape, `$1${HIDDEN}`), line);
}

/** A URL as it may be shown: user and password replaced. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/?#\s]*@/g, `//${HIDDEN}@`);
}
