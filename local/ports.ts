/** TCP ports on the loopback interface. */
import { readFileSync } from 'node:fs';

const LOWEST_PORT = 15_000;
const ATTEMPTS_MAX = 200;

export interface PortRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Ports below the range the kernel gives to outgoing connections: a client that keeps reconnecting to a server that is down may be given
 * the server's own port as its local one, and then talks to itself and blocks the server's return.
 */
export function serverPorts(): PortRange {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/);
  return { lowest: LOWEST_PORT, highest: Math.max(Number(range[0]) - 1, LOWEST_PORT + 1000) };
}

/**
 * Finds a free port on 127.0.0.1.
 * @throws Error when none is found
 */
export function freePort({ lowest, highest }: PortRange = serverPorts()): number {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (isPortFree('127.0.0.1', port)) return port;
  }
  throw new Error(`No free port found between ${lowest} and ${highest} on 127.0.0.1.`);
}

/** Whether a server could listen there now. */
export function isPortFree(hostname: string, port: number): boolean {
  try {
    Bun.listen({ hostname, port, exclusive: true, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
