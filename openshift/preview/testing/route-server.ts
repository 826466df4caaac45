/** What stands behind the routes of a preview in tests: TLS, as at a router's edge, and a very small Overseer, or a real one. */
import { createCertificate } from '@overseer/local/testing';

export interface RouteServerOptions {
  /** Addresses that requests are passed on to; without, it keeps points itself. */
  readonly upstream?: { readonly page: string; readonly write: string };
}

export class RouteServer implements AsyncDisposable {
  readonly #servers: readonly Bun.Server<undefined>[];
  /** Lines that were written, by database. */
  readonly written = new Map<string, string[]>();
  /** Tokens that requests came with, by path. */
  readonly tokens = new Map<string, string>();
  /** What it answers instead, while it is set: as a router that has no pods. */
  failure: { readonly status: number; readonly text: string } | undefined;
  /** PEM, of both hosts. */
  readonly certificate: string;

  constructor(private readonly options: RouteServerOptions = {}) {
    const tls = createCertificate('localhost');
    this.certificate = tls.cert;
    this.#servers = (['page', 'write'] as const).map((which) =>
      Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        tls,
        fetch: (request) => this.#answer(request, which),
      }),
    );
  }

  /** Hosts that the routes get, by what is behind them. */
  get hosts(): { readonly page: string; readonly write: string } {
    const [page, write] = this.#servers.map(({ port }) => `localhost:${port}`);
    return { page: page ?? '', write: write ?? '' };
  }

  async #answer(request: Request, which: 'page' | 'write'): Promise<Response> {
    const { failure } = this;
    if (failure) return new Response(failure.text, { status: failure.status });
    const { pathname, search, searchParams } = new URL(request.url);
    const upstream = this.options.upstream?.[which];
    if (upstream !== undefined) {
      const { method, headers } = request;
      const body = method === 'GET' ? null : await request.arrayBuffer();
      // As it is: what comes compressed goes on compressed.
      const options = { method, headers, body, decompress: false };
      return await fetch(`${upstream}${pathname}${search}`, options);
    }
    this.tokens.set(pathname, request.headers.get('authorization') ?? '');
    if (pathname === '/write')
      return this.#write(searchParams.get('db') ?? '', await request.text());
    const database = /^\/db\/(?<database>[^/]+)\/api\/v1\/query$/.exec(pathname)?.groups?.database;
    if (database !== undefined) return this.#query(database, searchParams.get('query') ?? '');
    return new Response('<!doctype html><html></html>');
  }

  #write(database: string, body: string): Response {
    this.written.set(database, [...(this.written.get(database) ?? []), ...body.split('\n')]);
    return new Response(null, { status: 204 });
  }

  /** The last value of a measurement without tags. */
  #query(database: string, measurement: string): Response {
    const line = this.written.get(database)?.findLast((each) => each.startsWith(`${measurement} `));
    const value = /value=(?<value>\S+)/.exec(line ?? '')?.groups?.value;
    const result = value === undefined ? [] : [{ metric: {}, value: [0, value] }];
    return Response.json({ status: 'success', data: { resultType: 'vector', result } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop(true)));
  }
}
