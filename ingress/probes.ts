import type { Ingress } from './ingress.ts';
import { version } from './package.json' with { type: 'json' };

/** Clients read the dialect from the number; the rest says who really answers. */
const INFLUXDB_VERSION = `1.8.10-overseer.${version}`;

/** On every answer to a client of InfluxDB. */
export const VERSION_HEADERS: Readonly<Record<string, string>> = {
  'x-influxdb-version': INFLUXDB_VERSION,
  'x-influxdb-build': 'Overseer',
};

/** The ping of every InfluxDB: no body, unless it is asked to be verbose. */
export function ping(request: Request): Response {
  const verbose = new URL(request.url).searchParams.get('verbose');
  return verbose && verbose !== 'false' && verbose !== '0'
    ? Response.json({ version: INFLUXDB_VERSION }, { headers: VERSION_HEADERS })
    : new Response(null, { status: 204, headers: VERSION_HEADERS });
}

/** The health check of InfluxDB 2. */
export function health({ readiness }: Ingress): Response {
  const pass = readiness.ready;
  const body = {
    name: 'overseer-ingress',
    message: pass ? 'ready for writes' : Object.values(readiness.missing).join('; '),
    status: pass ? 'pass' : 'fail',
    checks: [],
    version,
  };
  return Response.json(body, { status: pass ? 200 : 503, headers: VERSION_HEADERS });
}

/** Whether writes are taken, and if not, what is missing. */
export function ready({ readiness }: Ingress): Response {
  const { ready, missing } = readiness;
  return Response.json({ ready, missing }, { status: ready ? 200 : 503 });
}

/** For Prometheus. */
export async function metrics({ metrics: { registry } }: Ingress): Promise<Response> {
  const text = await registry.metrics();
  return new Response(text, { headers: { 'content-type': registry.contentType } });
}
