import { AnswerError, type Logger, listenError, metricsAnswer } from '@overseer/shared';
import { type Certificate, Listener, pathOf } from '@overseer/shared/access';
import { tracedApp } from '@overseer/shared/tracing/http';
import type { AnyElysia, Elysia } from 'elysia';
import { LOGIN_PATH, LOGOUT_PATH } from './access/door.ts';
import type { Visitor } from './access/visitor.ts';
import { CONTENT_TYPES, encodingFor, inEncoding } from './api/answer-encoding.ts';
import type { ApiHandler } from './api/api-request.ts';
import { Parameters } from './api/parameters.ts';
import { acceptsGzip, streamedAnswer } from './api/streamed-answer.ts';
import type { Assets } from './assets.ts';
import { dashboardErrorAnswer } from './dashboards/dashboard-errors.ts';
import { dashboardIdOf } from './dashboards/dashboards-api.ts';
import {
  internalErrorAnswer,
  knownErrorAnswer,
  RequestError,
  requestErrorAnswer,
} from './errors.ts';
import type { Frontend } from './frontend.ts';
import { Hosts } from './hosts.ts';
import { LiveSocket } from './live/live-socket.ts';
import { LIVE_PATH } from './live/protocol.ts';

/** A connection that sends nothing for so long, between requests or within one, is closed. */
const IDLE_TIMEOUT_SECONDS = 30;
/** The longest that Bun knows: queries have the store's own timeout, which the operator chooses. */
const QUERY_TIMEOUT_SECONDS = 255;
/** A page sends a question, with an expression in it. */
const PAGE_MESSAGE_BYTES_MAX = 64 * 1024;
/** A page that answers no ping for so long is gone. */
const SOCKET_IDLE_SECONDS = 30;
/** Far above what a slow connection is sent; a message that would exceed it is dropped by Bun. */
const SOCKET_BUFFER_BYTES_MAX = 64 * 1024 ** 2;

/** The status for a host that the server does not answer for: RFC 9110, 15.5.20. */
const MISDIRECTED_REQUEST = 421;
/** Our own, and Prometheus', which promtool and others ask. */
const HEALTH_PATHS = ['/health', '/-/healthy'] as const;
const READY_PATHS = ['/ready', '/-/ready'] as const;
const READ_METHODS = 'GET, HEAD';
const API_METHODS = 'GET, POST';
/** As the path of every route of the API, for another database than the default one. */
const DATABASE_PREFIX = '/db/:database';

/** What Elysia hands to a handler, as far as it is used. */
interface Context {
  readonly request: Request;
  /** Undefined for a path that names none. */
  readonly params?: Readonly<Record<string, string>>;
  readonly server: {
    timeout(request: Request, seconds: number): void;
    upgrade(request: Request, options: { readonly data: LiveSocket }): boolean;
  } | null;
}

/**
 * Listens for HTTP requests and WebSockets.
 * @param onFailure told when the frontend can't listen any longer
 * @throws PortTakenError; SettingError for a certificate that can't be used
 */
export function startServer(
  frontend: Frontend,
  assets: Assets,
  log: Logger,
  onFailure: (error: unknown) => void,
): Listener {
  const app = tracedApp({
    build: (bare) => withRoutes(bare, frontend, assets, log),
    wants: isQuestion(Object.keys(frontend.api.routes)),
  });
  return new Listener({
    ...frontend.settings,
    log,
    onFailure,
    listen: (port, tls) => listen(app, frontend.settings.host, port, tls),
  });
}

/** Whether a request is one to the API, of which there are traces. @param paths of the API */
function isQuestion(paths: readonly string[]): (request: Request) => boolean {
  const forms = paths.map((path) => path.replace(/:\w+/g, '[^/]+'));
  const form = new RegExp(`^(?:/db/[^/]+)?(?:${forms.join('|')})$`);
  return (request) => form.test(pathOf(request));
}

function withRoutes(app: Elysia, frontend: Frontend, assets: Assets, log: Logger): Elysia {
  app.onError(({ error, request }) => {
    if (error instanceof Error && 'code' in error && error.code === 'NOT_FOUND') {
      return notFound(request);
    }
    const known = knownErrorAnswer(error);
    if (known) return known;
    log.error({ err: error }, 'a request failed');
    return internalErrorAnswer();
  });
  refuseForeignHosts(app, frontend);
  const routes = new Routes(app, frontend, log);
  for (const path of HEALTH_PATHS) {
    routes.read(path, () => Response.json({ name: 'overseer-frontend', status: 'pass' }));
  }
  for (const path of READY_PATHS) routes.read(path, () => ready(frontend));
  routes.read('/metrics', async ({ request }) => {
    frontend.door.visitor(request);
    return metricsAnswer(request, [await frontend.metrics.registry.getMetricsAsJSON()]);
  });
  routes.form(LOGIN_PATH, (request) => frontend.door.login(request));
  routes.read(LOGIN_PATH, ({ request }) => frontend.door.showLogin(request));
  routes.form(LOGOUT_PATH, (request) => frontend.door.logout(request));
  routes.live();
  routes.dashboards();
  for (const [path, handler] of Object.entries(frontend.api.routes)) routes.api(path, handler);
  routes.read('/', ({ request }) => assets.answer(request) ?? notFound(request));
  routes.read('/*', ({ request }) => assets.answer(request) ?? notFound(request));
  return app;
}

/** Before any route, for nothing that is here is meant for other sites. */
function refuseForeignHosts(app: Elysia, { settings, metrics }: Frontend): void {
  const hosts = new Hosts(settings.host, settings.allowedOrigins ?? []);
  app.onRequest(({ request }) => {
    if (hosts.allows(request)) return undefined;
    metrics.requests.inc({ route: '*', status: MISDIRECTED_REQUEST });
    const host = JSON.stringify(request.headers.get('host'));
    const message =
      `the request is for the host ${host}, which is not this machine; ` +
      'ALLOWED_ORIGINS lists the origins of other hosts that may stand before the frontend';
    return requestErrorAnswer(new RequestError(MISDIRECTED_REQUEST, message));
  });
}

/** Puts handlers in their places, and counts what they answer. */
class Routes {
  constructor(
    private readonly app: Elysia,
    private readonly frontend: Frontend,
    private readonly log: Logger,
  ) {}

  read(path: string, handler: (context: Context) => Response | Promise<Response>): void {
    const counted = this.#counted(path, async (context: Context) => await handler(context));
    this.app.get(path, counted);
    this.app.head(path, async (context: Context) => {
      const { status, headers } = await counted(context);
      return new Response(null, { status, headers });
    });
    this.app.all(path, notAllowed(READ_METHODS));
  }

  /** What a form is sent to. */
  form(path: string, handler: (request: Request) => Response | Promise<Response>): void {
    const counted = this.#counted(path, async ({ request }) => {
      try {
        return await handler(request);
      } catch (error) {
        const known = knownErrorAnswer(error);
        if (known) return known;
        throw error;
      }
    });
    this.app.post(path, counted, { parse: 'none' });
  }

  live(): void {
    const { metrics } = this.frontend;
    this.app.get(LIVE_PATH, ({ request, server }: Context) => {
      const answer = this.#open(request, server);
      metrics.requests.inc({ route: LIVE_PATH, status: answer?.status ?? 101 });
      return answer;
    });
  }

  dashboards(): void {
    for (const [path, handlers] of Object.entries(this.frontend.dashboardsApi.routes)) {
      for (const [method, handler] of Object.entries(handlers)) {
        const counted = this.#counted(path, async ({ request, params }) => {
          try {
            return await handler({ request, id: dashboardIdOf(params) });
          } catch (error) {
            const known = dashboardErrorAnswer(error);
            if (known) return known;
            throw error;
          }
        });
        this.app.route(method, path, counted, { parse: 'none' });
      }
      this.app.all(path, notAllowed(Object.keys(handlers).join(', ')));
    }
  }

  api(path: string, handler: ApiHandler): void {
    const hasColumns = this.frontend.api.hasColumns(path);
    const counted = this.#counted(path, (context) => this.#answer(handler, context, hasColumns));
    for (const place of [path, `${DATABASE_PREFIX}${path}`]) {
      this.app.get(place, counted);
      this.app.post(place, counted, { parse: 'none' });
      this.app.all(place, notAllowed(API_METHODS));
    }
  }

  /** Opens a live connection; gives an answer when it can't. */
  #open(request: Request, server: Context['server']): Response | undefined {
    const { live, door } = this.frontend;
    const refusal = live.refusal(request);
    if (refusal) return refusal;
    let visitor: Visitor;
    try {
      visitor = door.visitor(request);
    } catch (error) {
      const known = knownErrorAnswer(error);
      if (known) return known;
      throw error;
    }
    const isOpened = server?.upgrade(request, { data: live.newSocket(visitor) });
    return isOpened ? undefined : webSocketExpected();
  }

  async #answer(
    handler: ApiHandler,
    { request, params: path = {}, server }: Context,
    hasColumns: boolean,
  ): Promise<Response> {
    const { frontend } = this;
    const encoding = hasColumns ? encodingFor(request) : 'json';
    const lease = frontend.answers.lease();
    const { apiRequestsMax } = frontend.settings;
    frontend.apiRequests++;
    try {
      if (frontend.apiRequests > apiRequestsMax) {
        frontend.metrics.refusedRequests.inc({ limit: 'api_requests_max' });
        throw new AnswerError(
          'unavailable',
          `API_REQUESTS_MAX, ${apiRequestsMax} requests, are being answered already; ask again`,
        );
      }
      const { grant } = frontend.door.visitor(request);
      const parameters = await Parameters.of(request);
      server?.timeout(request, QUERY_TIMEOUT_SECONDS);
      const { signal } = request;
      const pieces = await handler({ grant, parameters, path, signal, encoding, lease });
      return streamedAnswer(pieces, {
        contentType: CONTENT_TYPES[encoding],
        vary: hasColumns ? 'accept' : undefined,
        gzip: acceptsGzip(request),
        onEnd: () => lease.release(),
      });
    } catch (error) {
      lease.release();
      const known = knownErrorAnswer(error);
      if (!known) this.log.error({ err: error }, 'a query failed');
      return await inEncoding(known ?? internalErrorAnswer(), encoding);
    } finally {
      frontend.apiRequests--;
    }
  }

  #counted(route: string, handler: (context: Context) => Promise<Response>) {
    const { requests, requestSeconds } = this.frontend.metrics;
    return async (context: Context): Promise<Response> => {
      const observe = requestSeconds.startTimer({ route });
      const response = await handler(context);
      observe();
      requests.inc({ route, status: response.status });
      return response;
    };
  }
}

function listen(
  app: AnyElysia,
  host: string,
  port: number,
  tls: Certificate | undefined,
): Bun.Server<unknown> {
  try {
    app.listen({
      hostname: host,
      port,
      ...(tls && { tls }),
      // Elysia's default would let two frontends share a port by mistake.
      reusePort: false,
      // Bun's own page for errors outside of handlers would show source.
      development: false,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Bun's own answer to a body over its limit is empty; Parameters has a better one.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      websocket: {
        ...LiveSocket.handlers,
        maxPayloadLength: PAGE_MESSAGE_BYTES_MAX,
        backpressureLimit: SOCKET_BUFFER_BYTES_MAX,
        idleTimeout: SOCKET_IDLE_SECONDS,
        sendPings: true,
      },
    });
  } catch (cause) {
    throw listenError(cause, { variable: 'FRONTEND_PORT', host, port, other: 3100 });
  }
  if (!app.server) throw new Error('Elysia has started no server');
  return app.server;
}

/** The page is of use without the others, so they are only told about. */
function ready({ isReady, answeredSecondsAgo }: Frontend): Response {
  const missing = isReady ? {} : { nats: 'NATS is not connected' };
  return Response.json(
    { ready: isReady, missing, answeredSecondsAgo },
    { status: isReady ? 200 : 503 },
  );
}

function notAllowed(methods: string) {
  return ({ request }: Context) => {
    const pathname = pathOf(request);
    const message = `the method is not allowed; ${pathname} takes ${methods}`;
    return requestErrorAnswer(new RequestError(405, message, { allow: methods }));
  };
}

function webSocketExpected(): Response {
  const headers = { upgrade: 'websocket' };
  return new Response('a WebSocket is expected here\n', { status: 426, headers });
}

function notFound(request: Request): Response {
  const pathname = pathOf(request);
  return requestErrorAnswer(new RequestError(404, `there is nothing at ${pathname}`));
}
