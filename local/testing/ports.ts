/** Ports that no other process of the same test run is given. */
import { freePort as freePortOf, type PortRange, serverPorts } from '../ports.ts';

/** Processes of one test run that have ports of their own; more share them. */
const WORKERS_MAX = 8;
const GIVEN_MAX = 500;

/** The last that were given here: who was given one may not listen yet, or come back to it. */
const given: number[] = [];

/**
 * Finds a free port on 127.0.0.1 for a server that is about to be started. Of several workers of `bun test` each looks in a range of its
 * own: between the look and the start another might take it.
 * @throws Error when none is found
 */
export function freePort(): number {
  const range = rangeOfWorker(Number(process.env.BUN_TEST_WORKER_ID ?? 0));
  let port = freePortOf(range);
  while (given.includes(port)) port = freePortOf(range);
  if (given.push(port) > GIVEN_MAX) given.shift();
  return port;
}

/** @param worker as Bun numbers them; any whole number. */
export function rangeOfWorker(worker: number): PortRange {
  const { lowest, highest } = serverPorts();
  const width = Math.floor((highest - lowest) / WORKERS_MAX);
  const from = lowest + (worker % WORKERS_MAX) * width;
  return { lowest: from, highest: from + width };
}
