import { hostname } from 'node:os';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** Threads that are started afterwards find the name by it. */
const NAME_KEY = 'overseer.instance';

/**
 * Which of several services of one kind this is, in metrics, logs (`instance`) and traces (`service.instance.id`): as Prometheus calls
 * what it scrapes, and the same after a restart, so that its series go on. Lives are told apart by their process id.
 * @param port that it listens on; undefined where it listens on none
 */
export function instanceName(port: number | undefined): string {
  return port === undefined ? hostname() : `${hostname()}:${port}`;
}

/**
 * Names this process in its logs and traces: once its settings are read, before telemetry and threads are started.
 * @param port of the settings; 0, any free one, leaves it at the machine
 */
export function nameInstance(port: number): void {
  setEnvironmentData(NAME_KEY, instanceName(port || undefined));
}

/** The name of this process; that of the machine while it has none. */
export function ownInstance(): string {
  const name = getEnvironmentData(NAME_KEY);
  return typeof name === 'string' ? name : instanceName(undefined);
}
