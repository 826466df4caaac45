import { listenError, metricsAnswer } from '@overseer/shared';
import { type AnyElysia, Elysia } from 'elysia';
import type { ProcessorMetrics } from './metrics.ts';

/** What /ready says. */
export interface ProcessorState {
  /** Why the processor can't work at the moment; empty when it can. */
  readonly troubles: readonly string[];
  /** Whether it is the one that tells updates; one that isn't is ready all the same. */
  readonly isLeader: boolean;
}

/**
 * Serves health, readiness and metrics.
 * @throws PortTakenError
 */
export function startServer(
  address: { readonly host: string; readonly port: number },
  metrics: ProcessorMetrics,
  state: () => ProcessorState,
): Bun.Server<unknown> {
  const app = new Elysia()
    .get('/health', () => ({ name: 'overseer-processor', status: 'pass' }))
    .get('/ready', () => {
      const { troubles: missing, isLeader: leader } = state();
      const ready = missing.length === 0;
      return Response.json({ ready, missing, leader }, { status: ready ? 200 : 503 });
    })
    .get('/metrics', async ({ request }) =>
      metricsAnswer(request, [await metrics.registry.getMetricsAsJSON()]),
    );
  return listen(app, address);
}

function listen(
  app: AnyElysia,
  { host, port }: { readonly host: string; readonly port: number },
): Bun.Server<unknown> {
  try {
    // Elysia's default would let two processors share a port by mistake.
    app.listen({ hostname: host, port, reusePort: false, development: false });
  } catch (cause) {
    throw listenError(cause, { variable: 'PROCESSOR_PORT', host, port, other: 8188 });
  }
  if (!app.server) throw new Error('Elysia has started no server');
  return app.server;
}
