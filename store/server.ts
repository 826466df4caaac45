import { metricsAnswer } from '@overseer/shared';
import { Elysia } from 'elysia';
import type { StoreMetrics } from './metrics.ts';

/** Why the store can't work at the moment; empty when it can. */
export type Troubles = () => readonly string[];

/** Health, readiness and metrics. Throws when the port is taken. */
export function startServer(
  settings: { host: string; port: number },
  metrics: StoreMetrics,
  troubles: Troubles,
) {
  return new Elysia()
    .get('/health', () => ({ name: 'overseer-store', status: 'pass' }))
    .get('/ready', ({ set }) => {
      const missing = troubles();
      set.status = missing.length === 0 ? 200 : 503;
      return { ready: missing.length === 0, missing };
    })
    .get('/metrics', async ({ request }) =>
      metricsAnswer(request, [await metrics.registry.getMetricsAsJSON()]),
    )
    .listen({ hostname: settings.host, port: settings.port, development: false });
}
