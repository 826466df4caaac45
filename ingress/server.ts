import type { Logger } from '@overseer/shared';
import { type Certificate, type CertificateFiles, Listener, pathOf } from '@overseer/shared/access';
import { tracedApp } from '@overseer/shared/tracing/http';
import type { AnyElysia, Elysia } from 'elysia';
import type { Dialect } from './dialects/dialect.ts';
import { influxdb1 } from './dialects/influxdb1.ts';
import { influxdb2 } from './dialects/influxdb2.ts';
import { influxdb3 } from './dialects/influxdb3.ts';
import { type Failure, failureOf } from './errors.ts';
import type { Ingress } from './ingress.ts';
import { ingressListenError } from './port.ts';
import { health, metrics, ping, ready } from './probes.ts';
import { QueryPath } from './query/query-path.ts';
import type { Standing } from './standing.ts';
import { WritePath } from './write-path.ts';

/** A connection that sends nothing for so long, between requests or within one, is closed. */
const IDLE_TIMEOUT_SECONDS = 30;

const DIALECTS: readonly Dialect[] = [influxdb1, influxdb2, influxdb3];

const READ_METHODS = 'GET, HEAD';

/** The methods that a path takes, for the answer to any other. */
const METHODS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(DIALECTS.map(({ path }) => [path, 'POST'])),
  '/query': 'GET, POST',
  '/ping': READ_METHODS,
  '/health': READ_METHODS,
  '/ready': READ_METHODS,
  '/metrics': READ_METHODS,
};

export interface ServerOptions extends CertificateFiles {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly bodyBytesPerSecondMin: number;
  /** Whether other processes of this ingress listen on the same port. */
  readonly sharesPort: boolean;
}

/**
 * Listens for HTTP requests; every error is answered in JSON.
 * @param standing what the probes tell
 * @param onFailure told when ingress can't listen any longer
 * @throws PortTakenError; SettingError for a certificate that can't be used
 */
export function startServer(
  ingress: Ingress,
  standing: Standing,
  options: ServerOptions,
  log: Logger,
  onFailure: (error: unknown) => void,
): Listener {
  const { bodyBytesMax, bodyBytesPerSecondMin } = options;
  const limits = { bytesMax: bodyBytesMax, bytesPerSecondMin: bodyBytesPerSecondMin };
  const writes = new WritePath(ingress, limits, log);
  const queries = new QueryPath(ingress, bodyBytesPerSecondMin, log);
  const build = (app: Elysia) => addRoutes(app, { ingress, standing, writes, queries, log });
  const app = tracedApp({ build, wants: isWork });
  return new Listener({
    ...options,
    log,
    onFailure,
    listen: (port, tls) => listen(app, { ...options, port }, tls),
  });
}

interface RouteParts {
  readonly ingress: Ingress;
  readonly standing: Standing;
  readonly writes: WritePath;
  readonly queries: QueryPath;
  readonly log: Logger;
}

function addRoutes(app: Elysia, parts: RouteParts): AnyElysia {
  const { ingress, standing, writes, queries, log } = parts;
  app
    .get('/query', ({ request, server }) => queries.query(request, server))
    .post('/query', ({ request, server }) => queries.query(request, server), { parse: 'none' })
    .get('/ping', ({ request }) => ping(request))
    .head('/ping', ({ request }) => ping(request))
    .get('/health', () => health(standing))
    .get('/ready', () => ready(standing))
    .get('/metrics', ({ request }) => {
      ingress.access.identify(request.headers);
      return metrics(request, standing);
    })
    .onError(({ code, error, request }) => {
      const pathname = pathOf(request);
      return failureAnswer(
        pathname,
        code === 'NOT_FOUND' ? noRoute(pathname) : failureOf(error, log),
      );
    });
  for (const dialect of DIALECTS) {
    app.post(dialect.path, ({ request, server }) => writes.write(dialect, request, server), {
      parse: 'none',
    });
  }
  return app;
}

/** Whether a request is one that traces are about: no probe, and nothing that ingress does not have. */
function isWork(request: Request): boolean {
  return request.method === 'POST' && METHODS[pathOf(request)]?.includes('POST') === true;
}

function listen(
  app: AnyElysia,
  { host, port, sharesPort }: ServerOptions,
  tls: Certificate | undefined,
): Bun.Server<unknown> {
  try {
    app.listen({
      hostname: host,
      port,
      ...(tls && { tls }),
      // Elysia's default would let two ingresses share a port by mistake.
      reusePort: sharesPort,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Else Bun shows our source to whoever meets an error that we overlooked.
      development: false,
      // Bun's own answer to a body over its limit is empty; readBody has a better one.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  } catch (cause) {
    throw ingressListenError(cause, host, port);
  }
  if (!app.server) throw new Error('Elysia has started no server');
  return app.server;
}

function noRoute(pathname: string): Failure {
  const methods = METHODS[pathname];
  return methods === undefined ? notFound(pathname) : wrongMethod(pathname, methods);
}

function notFound(pathname: string): Failure {
  const paths = Object.keys(METHODS).join(', ');
  return {
    status: 404,
    message: `there is nothing at ${pathname}; there is ${paths}`,
    headers: {},
  };
}

function wrongMethod(pathname: string, methods: string): Failure {
  return {
    status: 405,
    message: `the method is not allowed; ${pathname} takes ${methods}`,
    headers: { allow: methods },
  };
}

/** In the words of the dialect that the path belongs to; in those of InfluxDB 1.x anywhere else. */
function failureAnswer(pathname: string, failure: Failure): Response {
  const dialect = DIALECTS.find(({ path }) => path === pathname) ?? influxdb1;
  const { status, headers } = failure;
  return Response.json(dialect.failureBody(failure), { status, headers: { ...headers } });
}
