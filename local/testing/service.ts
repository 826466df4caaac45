/** A service of the project for tests: the real `main.ts` in a process of its own. */

import { prepareService, type ServiceName, schemeOf, services } from '../services.ts';
import { freePort } from './ports.ts';
import { Running } from './running.ts';

export type Service = Running;

/**
 * Starts a service on a free port of 127.0.0.1 and waits until its `/ready` says so.
 * @param environment its settings, such as NATS_URL; its own port among them is taken as it is
 */
export async function startService(
  name: ServiceName,
  environment: Readonly<Record<string, string>>,
): Promise<Service> {
  const service = services[name];
  // What a test counts is to be its own.
  const own = { SELF_METRICS: 'off', ...environment };
  if (!('portSetting' in service)) return Running.start(prepareService(name, own), '', () => {});
  const port = environment[service.portSetting] ?? String(freePort());
  const settings = { ...own, [service.hostSetting]: '127.0.0.1', [service.portSetting]: port };
  const url = `${schemeOf(name, settings)}://127.0.0.1:${port}`;
  return Running.start(prepareService(name, settings), url, () => {});
}
