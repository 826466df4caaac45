import { isIPv4 } from 'node:net';
import { SettingError } from '../settings.ts';
import type { TokenSource } from './token-source.ts';

export interface Exposure extends TokenSource {
  /** That a service listens on. */
  readonly host: string;
  readonly insecureOpen: 'yes' | 'no';
}

/**
 * Sees to it that nobody opens a service to strangers by mistake.
 * @param hostVariable name of the setting, for the error
 * @throws SettingError when others than this machine could connect, and no tokens are set
 */
export function checkExposure(exposure: Exposure, hostVariable: string): void {
  const { host, tokens, tokensFile, insecureOpen } = exposure;
  const isGuarded = tokens !== undefined || tokensFile !== undefined;
  if (isGuarded || isLoopback(host) || insecureOpen === 'yes') return;
  throw new SettingError(
    `${hostVariable} is "${host}", which other machines can reach, and no tokens are set: anybody could read or write everything. ` +
      `Set TOKENS_FILE or TOKENS ("overseer token create" makes tokens), or ${hostVariable}=127.0.0.1, ` +
      'or INSECURE_OPEN=yes where something else keeps strangers out',
  );
}

/** Whether an address to listen on is reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  const address = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^::ffff:/, '');
  if (address === 'localhost' || address === '::1') return true;
  return isIPv4(address) && address.startsWith('127.');
}
