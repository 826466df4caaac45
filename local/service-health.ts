/** Whether the services of an instance are ready, by their own word. */
import type { Instance } from './instance-file.ts';

const DEADLINE_MS = 2000;

export interface ServiceHealth {
  readonly name: string;
  readonly url: string;
  readonly isReady: boolean;
  /** Why it is not. */
  readonly troubles: readonly string[];
}

/** Asks all at once. */
export function readHealth(instance: Instance): Promise<ServiceHealth[]> {
  const services = {
    ingress: instance.ingressUrl,
    store: instance.storeUrl,
    processor: instance.processorUrl,
    frontend: instance.pageUrl,
  };
  return Promise.all(Object.entries(services).map(([name, url]) => ask(name, url)));
}

async function ask(name: string, url: string): Promise<ServiceHealth> {
  try {
    const response = await fetch(`${url}/ready`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
      // The question is whether it answers; its certificate is for another name than the loopback's.
      tls: { rejectUnauthorized: false },
    });
    const answer: unknown = await response.json();
    return { name, url, isReady: response.ok, troubles: troublesOf(answer) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, url, isReady: false, troubles: [`no answer: ${reason}`] };
  }
}

/** Some services name what is missing by what it concerns, others list it. */
function troublesOf(answer: unknown): string[] {
  if (typeof answer !== 'object' || answer === null || !('missing' in answer)) return [];
  return Object.values(answer.missing ?? {}).map(String);
}
