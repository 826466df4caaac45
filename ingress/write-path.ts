import type { Logger } from '@overseer/shared';
import { parametersOf, requireRight } from '@overseer/shared/access';
import { activeSpan, inSpan } from '@overseer/shared/tracing';
import { readBody } from './body.ts';
import type { ArrivalLimits } from './body-arrival.ts';
import type { BodyLease } from './body-memory.ts';
import { type Addresses, clientOf } from './client.ts';
import type { Dialect } from './dialects/dialect.ts';
import { failureOf } from './errors.ts';
import type { Ingress } from './ingress.ts';
import { VERSION_HEADERS } from './probes.ts';
import { identify } from './visitor.ts';

/** More than a write ever takes: its batches are acknowledged or time out. */
const WRITE_TIMEOUT_SECONDS = 120;

/** The part of the server that knows connections. */
export interface Connections extends Addresses {
  timeout(request: Request, seconds: number): void;
}

/** The way of every write, whatever its dialect: parameters, body, points in the stream, answer. */
export class WritePath {
  readonly #ingress: Ingress;
  readonly #limits: ArrivalLimits;
  readonly #log: Logger;

  constructor(ingress: Ingress, limits: ArrivalLimits, log: Logger) {
    this.#ingress = ingress;
    this.#limits = limits;
    this.#log = log;
  }

  /** Answers 204 when every line is in the stream; errors are in the words of the dialect. */
  async write(dialect: Dialect, request: Request, server: Connections | null): Promise<Response> {
    const startedAt = performance.now();
    const { metrics } = this.#ingress;
    let answer: Response;
    try {
      answer = await this.#tryWrite(dialect, request, server);
    } catch (error) {
      const failure = failureOf(error, this.#log);
      metrics.refusedRequests.inc({ reason: failure.reason });
      answer = Response.json(dialect.failureBody(failure), {
        status: failure.status,
        headers: { ...VERSION_HEADERS, ...failure.headers },
      });
    }
    metrics.requests.inc({ dialect: dialect.name, status: answer.status });
    metrics.requestSeconds.observe((performance.now() - startedAt) / 1000);
    return answer;
  }

  async #tryWrite(
    dialect: Dialect,
    request: Request,
    server: Connections | null,
  ): Promise<Response> {
    const ingress = this.#ingress;
    let lease: BodyLease | undefined;
    try {
      const query = parametersOf(request);
      const grant = identify(ingress.access, request, query);
      const parameters = dialect.readParameters(query);
      requireRight(grant, 'write', parameters.database);
      ingress.checkReady();
      const client = clientOf(grant, request, server);
      lease = ingress.bodies.lease(client);
      const { body, receivedBytes } = await this.#readBody(request, lease);
      ingress.metrics.receivedBytes.inc(receivedBytes);
      server?.timeout(request, WRITE_TIMEOUT_SECONDS);
      const outcome = await ingress.write(client, parameters, body);
      activeSpan()?.setAttributes({
        'overseer.database': parameters.database,
        'overseer.lines': outcome.accepted,
        'overseer.lines.rejected': outcome.rejected,
      });
      if (outcome.rejected === 0) {
        return new Response(null, { status: 204, headers: VERSION_HEADERS });
      }
      return Response.json(dialect.rejectionBody(outcome, parameters), {
        status: 400,
        headers: VERSION_HEADERS,
      });
    } finally {
      lease?.release();
    }
  }

  #readBody(request: Request, lease: BodyLease) {
    return inSpan('read body', {}, () => readBody(request, lease, this.#limits));
  }
}
