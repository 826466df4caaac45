import { metricsAnswer } from '@overseer/shared';
import { parametersOf } from '@overseer/shared/access';
import { version } from './package.json' with { type: 'json' };
import type { Standing } from './standing.ts';

/** Clients read the dialect from the number; the rest says who really answers. */
const INFLUXDB_VERSION = `1.8.10-overseer.${version}`;

/** On every answer to a client of InfluxDB. */
export const VERSION_HEADERS: Readonly<Record<string, string>> = {
  'x-influxdb-version': INFLUXDB_VERSION,
  'x-influxdb-build': 'Overseer',
};

/** The ping of every InfluxDB: no body, unless it is asked to be verbose. */
export function ping(request: Request): Response {
  const verbose = parametersOf(request).get('verbose');
  return verbose && verbose !== 'false' && verbose !== '0'
    ? Response.json({ version: INFLUXDB_VERSION }, { headers: VERSION_HEADERS })
    : new Response(null, { status: 204, headers: VERSION_HEADERS });
}

/** The health check of InfluxDB 2. */
export async function health(standing: Standing): Promise<Response> {
  const { ready, missing } = await standing.readiness();
  const body = {
    name: 'overseer-ingress',
    message: ready ? 'ready for writes' : Object.values(missing).join('; '),
    status: ready ? 'pass' : 'fail',
    checks: [],
    version,
  };
  return Response.json(body, { status: ready ? 200 : 503, headers: VERSION_HEADERS });
}

/** Whether writes are taken, and if not, what is missing. */
export async function ready(standing: Standing): Promise<Response> {
  const { ready, missing } = await standing.readiness();
  return Response.json({ ready, missing }, { status: ready ? 200 : 503 });
}

/** For Prometheus. */
export async function metrics(request: Request, standing: Standing): Promise<Response> {
  return metricsAnswer(request, await standing.metrics());
}
