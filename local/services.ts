/** The project's own services as programs. Each is configured by its environment alone. */
import { join } from 'node:path';
import { reachable } from '@overseer/shared/reachable';
import type { Program } from './program.ts';
import { projectFolder } from './project.ts';

interface ServiceDescription {
  /** Within the project. */
  readonly main: string;
  /** The setting with the port of its `/health` and `/ready`; undefined: it serves nothing. */
  readonly portSetting?: string;
  readonly hostSetting?: string;
  /** Whether it serves HTTPS when TLS_CERT is set. */
  readonly hasTls?: boolean;
}

export const services = {
  store: { main: 'store/main.ts', portSetting: 'STORE_PORT', hostSetting: 'STORE_HOST' },
  ingress: {
    main: 'ingress/main.ts',
    portSetting: 'INGRESS_PORT',
    hostSetting: 'INGRESS_HOST',
    hasTls: true,
  },
  processor: {
    main: 'processor/main.ts',
    portSetting: 'PROCESSOR_PORT',
    hostSetting: 'PROCESSOR_HOST',
  },
  frontend: {
    main: 'frontend/main.ts',
    portSetting: 'FRONTEND_PORT',
    hostSetting: 'FRONTEND_HOST',
    hasTls: true,
  },
  collector: { main: 'collector/main.ts' },
} as const satisfies Record<string, ServiceDescription>;

export type ServiceName = keyof typeof services;

const READY_DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 2000;
const STOP_GRACE_MS = 15_000;
/**
 * How long Bun's allocator keeps memory that was freed before it gives it back to the system. Its own, some milliseconds, makes
 * ingress and the store pay for fresh pages at every batch: a tenth of their time under load.
 */
const PURGE_DELAY_MS = 5000;

/** @param environment the service's settings; with those of its host and port, if it serves */
export function prepareService(
  name: ServiceName,
  environment: Readonly<Record<string, string>>,
): Program {
  const description: ServiceDescription = services[name];
  const port = description.portSetting && environment[description.portSetting];
  const host = (description.hostSetting && environment[description.hostSetting]) || '127.0.0.1';
  return {
    name,
    command: [process.execPath, join(projectFolder, description.main)],
    environment: { MIMALLOC_PURGE_DELAY: String(PURGE_DELAY_MS), ...environment },
    stopSignal: 'SIGTERM',
    // Without its runner the servers it needs are going away too. It loses nothing by being killed.
    deathSignal: 'SIGKILL',
    stopGraceMs: STOP_GRACE_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
    isReady: port
      ? () => answersOk(`${schemeOf(name, environment)}://${reachable(host)}:${port}/ready`)
      : () => Promise.resolve(true),
  };
}

/** @param environment the service's settings, as far as they are not inherited */
export function schemeOf(
  name: ServiceName,
  environment: Readonly<Record<string, string>>,
): 'http' | 'https' {
  const description: ServiceDescription = services[name];
  const certificate = environment.TLS_CERT ?? process.env.TLS_CERT;
  return description.hasTls && certificate ? 'https' : 'http';
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(PROBE_DEADLINE_MS),
      // The question is whether it answers; its certificate is for another name than the loopback's.
      tls: { rejectUnauthorized: false },
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
