import type { Logger } from '@overseer/shared';
import { Ingress } from './ingress.ts';
import { writeSelfMetrics } from './self-metrics.ts';
import { startServer } from './server.ts';
import type { IngressSettings } from './settings.ts';
import { OwnStanding } from './standing.ts';
import { type WorkerRole, WorkerStanding } from './workers/worker.ts';

/** Requests under way may take so long to finish after a SIGTERM. */
const DRAIN_MS = 10_000;
/** A worker that replaces another listens when it is ready, but no later: others may be gone too, and somebody has to answer. */
const LISTEN_AFTER_MS = 5000;
const READY_POLL_MS = 20;

/** What can be stopped. */
export interface Running {
  /** Finishes the requests under way. */
  stop(): Promise<void>;
}

/**
 * Takes requests in this process.
 * @param role undefined when it is the only one
 * @param onFailure told of what the process can't go on after
 * @param onOrphaned told when the parent of this worker is gone
 */
export async function serve(
  settings: IngressSettings,
  role: WorkerRole | undefined,
  log: Logger,
  onFailure: (error: unknown) => void,
  onOrphaned: () => void,
): Promise<Running> {
  const labels: Record<string, string> = role ? { worker: String(role.number) } : {};
  const ingress = new Ingress(settings, log, onFailure, labels);
  const worker = role && new WorkerStanding(ingress, onOrphaned);
  const standing = worker ?? new OwnStanding(ingress);
  const started = ingress.start();
  started.catch(onFailure);
  if (role?.isReplacement) await untilReady(ingress);
  const options = { ...settings, sharesPort: role !== undefined };
  const server = startServer(ingress, standing, options, log, onFailure);
  worker?.listening();
  log.info({ url: server.url.href }, 'ingress is listening');
  const port = settings.port || Number(server.url.port);
  const { registry } = ingress.metrics;
  const read = () => standing.metrics();
  // Of several workers the parent writes.
  const selfMetrics = role ? undefined : writeSelfMetrics({ settings, port, registry, read, log });
  return {
    async stop() {
      await selfMetrics?.stop();
      await Promise.race([server.stop(), Bun.sleep(DRAIN_MS)]);
      await ingress.stop();
    },
  };
}

async function untilReady({ readiness }: Ingress): Promise<void> {
  const deadline = performance.now() + LISTEN_AFTER_MS;
  while (!readiness.ready && performance.now() < deadline) await Bun.sleep(READY_POLL_MS);
}
