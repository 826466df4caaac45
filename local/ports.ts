/** TCP ports on the loopback interface. */
import { readFileSync } from 'node:fs';

const LOWEST_PORT = 15_000;
const ATTEMPTS_MAX = 200;

/**
 * Finds a free port on 127.0.0.1, below the range the kernel gives to outgoing connections: a client that
 * keeps reconnecting to a server that is down may be given the server's own port as its local one, and then
 * talks to itself and blocks the server's return.
 * @throws Error when none is found
 */
export function freePort(): number {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/);
  const highestPort = Math.max(Number(range[0]) - 1, LOWEST_PORT + 1000);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (highestPort - LOWEST_PORT));
    if (isPortFree('127.0.0.1', port)) return port;
  }
  throw new Error(`No free port found between ${LOWEST_PORT} and ${highestPort} on 127.0.0.1.`);
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
