import { oneOf, optionalText } from '../settings.ts';

/** Settings of every service that others may reach. */
export const ACCESS_SETTINGS = {
  tokensFile: optionalText(
    'TOKENS_FILE',
    'file with a token a line, as `overseer token create` makes them; read again when it changes',
    'the path of a file',
  ),
  tokens: optionalText(
    'TOKENS',
    'the lines of such a file themselves, separated by line breaks or `;`',
    'lines made by "overseer token create"',
    { secret: true },
  ),
  insecureOpen: oneOf(
    'INSECURE_OPEN',
    'no',
    ['no', 'yes'],
    'yes: listen on addresses that other machines can reach although no tokens are set',
  ),
  tlsCertificate: optionalText(
    'TLS_CERT',
    'file with the certificate chain (PEM) to serve HTTPS with; read again when it changes',
    'the path of a file',
  ),
  tlsKey: optionalText(
    'TLS_KEY',
    'file with the private key (PEM) of TLS_CERT',
    'the path of a file',
  ),
} as const;
