import { oneOf, type Setting } from '../settings.ts';

/** A setting that may be absent. */
function optional(
  variable: string,
  help: string,
  valid: string,
  isSecret = false,
): Setting<string | undefined> {
  return { variable, fallback: undefined, help, valid, secret: isSecret, parse: (text) => text };
}

/** Settings of every service that others may reach. */
export const ACCESS_SETTINGS = {
  tokensFile: optional(
    'TOKENS_FILE',
    'file with a token a line, as `overseer token create` makes them; read again when it changes',
    'the path of a file',
  ),
  tokens: optional(
    'TOKENS',
    'the lines of such a file themselves, separated by line breaks or `;`',
    'lines made by "overseer token create"',
    true,
  ),
  insecureOpen: oneOf(
    'INSECURE_OPEN',
    'no',
    ['no', 'yes'],
    'yes: listen on addresses that other machines can reach although no tokens are set',
  ),
  tlsCertificate: optional(
    'TLS_CERT',
    'file with the certificate chain (PEM) to serve HTTPS with; read again when it changes',
    'the path of a file',
  ),
  tlsKey: optional('TLS_KEY', 'file with the private key (PEM) of TLS_CERT', 'the path of a file'),
} as const;
