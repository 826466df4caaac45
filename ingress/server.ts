import type { Logger } from '@overseer/shared';
import { type AnyElysia, Elysia } from 'elysia';
import { readBody } from './body.ts';
import type { BodyLease } from './body-memory.ts';
import { RequestError, unavailable } from './errors.ts';
import type { Ingress } from './ingress.ts';
import { version } from './package.json' with { type: 'json' };
import { writeAnswer } from './write-answer.ts';
import { readWriteParameters } from './write-parameters.ts';

/** A connection that sends nothing for so long, between requests or within one, is closed. */
const IDLE_TIMEOUT_SECONDS = 30;
/** More than a write ever takes: its batches are acknowledged or time out. */
const WRITE_TIMEOUT_SECONDS = 120;

/** Clients read the dialect from the number; the rest says who really answers. */
const INFLUXDB_VERSION = `1.8.10-overseer.${version}`;
const VERSION_HEADERS = { 'x-influxdb-version': INFLUXDB_VERSION };

const READ_METHODS = 'GET, HEAD';

/** The methods that a path takes, for the answer to any other. */
const METHODS: Readonly<Record<string, string>> = {
  '/write': 'POST',
  '/ping': READ_METHODS,
  '/health': READ_METHODS,
  '/ready': READ_METHODS,
  '/metrics': READ_METHODS,
};

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
}

/** The operator's mistake: another program listens there. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

interface Timeouts {
  timeout(request: Request, seconds: number): void;
}

/**
 * Listens for HTTP requests; every error is answered in JSON.
 * @throws PortTakenError
 */
export function startServer(ingress: Ingress, options: ServerOptions, log: Logger) {
  const app = new Elysia()
    .post('/write', ({ request, server }) => write(request, server), { parse: 'none' })
    .get('/ping', ({ request }) => ping(request))
    .head('/ping', () => new Response(null, { status: 204, headers: VERSION_HEADERS }))
    .get('/health', () => health(ingress))
    .get('/ready', () => ready(ingress))
    .get('/metrics', () => metrics(ingress))
    .onError(({ code, error, request }) => {
      if (code === 'NOT_FOUND') return notFound(new URL(request.url).pathname);
      log.error({ err: error }, 'a request failed');
      return internalError();
    });
  for (const [path, methods] of Object.entries(METHODS)) {
    app.all(path, () =>
      errorAnswer(405, `the method is not allowed; ${path} takes ${methods}`, { allow: methods }),
    );
  }

  async function write(request: Request, server: Timeouts | null): Promise<Response> {
    let lease: BodyLease | undefined;
    let answer: Response;
    try {
      const parameters = readWriteParameters(request.url);
      ingress.checkReady();
      lease = ingress.bodies.lease();
      const body = await readBody(request, lease, options.bodyBytesMax);
      server?.timeout(request, WRITE_TIMEOUT_SECONDS);
      answer = writeAnswer(await ingress.write(parameters, body));
    } catch (error) {
      answer = failureAnswer(error, log);
    } finally {
      lease?.release();
    }
    ingress.metrics.requests.inc({ status: answer.status });
    return answer;
  }

  return listen(app, options);
}

function listen(app: AnyElysia, { host, port }: ServerOptions): Bun.Server<unknown> {
  try {
    app.listen({
      hostname: host,
      port,
      // Elysia's default would let two ingresses share a port by mistake.
      reusePort: false,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Bun's own answer to a body over its limit is empty; readBody has a better one.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new PortTakenError(
      `INGRESS_PORT is ${port}, but another program listens on ${host}:${port}; ` +
        'stop that program or set another port, such as 8186',
      { cause },
    );
  }
  if (!app.server) throw new Error('Elysia has started no server');
  return app.server;
}

function ping(request: Request): Response {
  const verbose = new URL(request.url).searchParams.get('verbose');
  return verbose && verbose !== 'false' && verbose !== '0'
    ? Response.json({ version: INFLUXDB_VERSION }, { headers: VERSION_HEADERS })
    : new Response(null, { status: 204, headers: VERSION_HEADERS });
}

/** The health check of InfluxDB 2. */
function health({ readiness }: Ingress): Response {
  const pass = readiness.ready;
  const body = {
    name: 'overseer-ingress',
    message: pass ? 'ready for writes' : Object.values(readiness.missing).join('; '),
    status: pass ? 'pass' : 'fail',
    checks: [],
    version,
  };
  return Response.json(body, { status: pass ? 200 : 503 });
}

function ready({ readiness }: Ingress): Response {
  const { ready, missing } = readiness;
  return Response.json({ ready, missing }, { status: ready ? 200 : 503 });
}

async function metrics({ metrics: { registry } }: Ingress): Promise<Response> {
  const text = await registry.metrics();
  return new Response(text, { headers: { 'content-type': registry.contentType } });
}

function notFound(path: string): Response {
  const paths = Object.keys(METHODS).join(', ');
  return errorAnswer(404, `there is nothing at ${path}; there is ${paths}`);
}

/** The answer to a write that failed as a whole. */
function failureAnswer(error: unknown, log: Logger): Response {
  if (error instanceof RequestError) return errorAnswer(error.status, error.message, error.headers);
  const notNow = unavailable(error);
  if (notNow) {
    const retry = { 'retry-after': String(notNow.retryAfterSeconds) };
    return errorAnswer(503, notNow.message, retry);
  }
  log.error({ err: error }, 'a write failed');
  return internalError();
}

function internalError(): Response {
  return errorAnswer(500, 'an error within ingress; its log has the details');
}

function errorAnswer(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ error }, { status, headers: { ...headers } });
}
