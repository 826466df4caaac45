import { listenError, metricsAnswer } from '@overseer/shared';
import { type AnyElysia, Elysia } from 'elysia';
import type { ProcessorMetrics } from './metrics.ts';

/**
 * Serves health, readiness and metrics.
 * @param troubles why the processor can't work at the moment; empty when it can
 * @throws PortTakenError
 */
export function startServer(
  address: { readonly host: string; readonly port: number },
  metrics: ProcessorMetrics,
  troubles: () => readonly string[],
): Bun.Server<unknown> {
  const app = new Elysia()
    .get('/health', () => ({ name: 'overseer-processor', status: 'pass' }))
    .get('/ready', () => {
      const missing = troubles();
      const ready = missing.length === 0;
      return Response.json({ ready, missing }, { status: ready ? 200 : 503 });
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
