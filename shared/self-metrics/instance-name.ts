import { hostname } from 'node:os';

/**
 * Which of several services of one kind this is: the same after a restart, so that its series go on.
 * @param port that it listens on; undefined where it listens on none
 */
export function instanceName(port: number | undefined): string {
  return port === undefined ? hostname() : `${hostname()}:${port}`;
}
