import type { Logger } from '@overseer/shared';
import { parametersOf } from '@overseer/shared/access';
import { readBody } from '../body.ts';
import { type Addresses, clientOf } from '../client.ts';
import { failureOf, RequestError } from '../errors.ts';
import type { Ingress } from '../ingress.ts';
import { VERSION_HEADERS } from '../probes.ts';
import { identify } from '../visitor.ts';
import { executeStatement, type QueryContext } from './execution.ts';
import { type QueryParameters, readQueryParameters } from './parameters.ts';
import { queryBody, type StatementResult } from './results.ts';
import { readStatements, type Statement } from './statement.ts';
import { QuerySyntaxError } from './tokens.ts';

/** Longest body of a query; statements that make or list databases are short. */
const QUERY_BYTES_MAX = 64 * 1024;
const PRETTY_INDENT = 4;

/** The way of every query of InfluxDB 1.x: what agents and clients ask before and beside their writes. */
export class QueryPath {
  readonly #ingress: Ingress;
  readonly #bytesPerSecondMin: number;
  readonly #log: Logger;

  /** @param bytesPerSecondMin of a body; slower ones are given up */
  constructor(ingress: Ingress, bytesPerSecondMin: number, log: Logger) {
    this.#ingress = ingress;
    this.#bytesPerSecondMin = bytesPerSecondMin;
    this.#log = log;
  }

  /** Answers 200 with a result a statement, also for those that failed; other errors are `{"error":…}`. */
  async query(request: Request, server: Addresses | null): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#tryQuery(request, server);
    } catch (error) {
      const { status, message, headers } = failureOf(error, this.#log);
      answer = Response.json(
        { error: message },
        { status, headers: { ...VERSION_HEADERS, ...headers } },
      );
    }
    this.#ingress.metrics.queries.inc({ status: answer.status });
    return answer;
  }

  async #tryQuery(request: Request, server: Addresses | null): Promise<Response> {
    const ingress = this.#ingress;
    const url = parametersOf(request);
    const grant = identify(ingress.access, request, url);
    ingress.checkReady();
    const lease = ingress.bodies.lease(clientOf(grant, request, server));
    let parameters: QueryParameters;
    try {
      const limits = { bytesMax: QUERY_BYTES_MAX, bytesPerSecondMin: this.#bytesPerSecondMin };
      const { body } = await readBody(request, lease, limits);
      parameters = readQueryParameters(url, body, request.headers.get('content-type'));
    } finally {
      lease.release();
    }
    const { query, database, pretty } = parameters;
    const results = await executeAll(statementsOf(query), { ingress, grant, database });
    const text = JSON.stringify(queryBody(results), undefined, pretty ? PRETTY_INDENT : undefined);
    return new Response(`${text}\n`, {
      headers: { 'content-type': 'application/json', ...VERSION_HEADERS },
    });
  }
}

function statementsOf(query: string): Statement[] {
  try {
    return readStatements(query);
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error;
    throw new RequestError(400, error.message, {}, { cause: error });
  }
}

/** One after the other; those behind one that failed are not executed, as in InfluxDB. */
async function executeAll(
  statements: readonly Statement[],
  context: QueryContext,
): Promise<StatementResult[]> {
  const results: StatementResult[] = [];
  for (const statement of statements) {
    const failed = results.at(-1)?.error !== undefined;
    results.push(failed ? { error: 'not executed' } : await executeStatement(statement, context));
  }
  return results;
}
