import { ANYBODY, type Grant } from '@overseer/shared/access';

/** Who shares ingress with others: bearers of the same token are one client; without tokens, so are those of one address. */

/** The part of the server that knows who has sent a request. */
export interface Addresses {
  requestIP(request: Request): { readonly address: string } | null;
}

/** IPv6 providers give every customer so many groups of 16 bits: the rest is the customer's to choose. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/** The client that a request is counted as. */
export function clientOf(grant: Grant, request: Request, server: Addresses | null): string {
  if (grant !== ANYBODY) return `token ${grant.name}`;
  return networkOf(server?.requestIP(request)?.address ?? 'unknown');
}

/** An IPv4 address as it is; of an IPv6 address its network of 64 bits. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':');
    while (groups.length + behind.length < GROUPS) groups.push('0');
    groups.push(...behind);
  }
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
