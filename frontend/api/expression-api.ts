import { AnswerError, type SyntaxKind, type SyntaxQuery } from '@overseer/shared';
import type { ApiHandler, ApiRequest } from './api-request.ts';
import type { SharedAnswers } from './shared-answers.ts';

const EXAMPLE = 'query=up';

/** What Prometheus tells of an expression without evaluating it. */
export class ExpressionApi {
  /** By path; each also stands under `/db/<database>`. */
  readonly routes: Readonly<Record<string, ApiHandler>> = {
    '/api/v1/format_query': (request) => this.#format(request),
    '/api/v1/parse_query': (request) => this.#parse(request),
    '/api/v1/query_exemplars': (request) => this.#exemplars(request),
  };

  constructor(private readonly answers: SharedAnswers) {}

  async #format(request: ApiRequest): Promise<Iterable<string>> {
    const text = await this.#ask('format', request);
    return [`{"status":"success","data":${JSON.stringify(text)}}`];
  }

  async #parse(request: ApiRequest): Promise<Iterable<string>> {
    return [`{"status":"success","data":${await this.#ask('parse', request)}}`];
  }

  /** There are none: line protocol has no place for them. What is asked is looked at all the same, as in Prometheus. */
  async #exemplars(request: ApiRequest): Promise<Iterable<string>> {
    const { parameters } = request;
    const startMs = parameters.timeMs('start') ?? Number.NEGATIVE_INFINITY;
    const endMs = parameters.timeMs('end') ?? Number.POSITIVE_INFINITY;
    requireOrder(startMs, endMs);
    await this.#ask('parse', request);
    return ['{"status":"success","data":[]}'];
  }

  async #ask(kind: SyntaxKind, request: ApiRequest): Promise<string> {
    const question: SyntaxQuery = { expr: request.parameters.required('query', EXAMPLE) };
    const { parts } = await this.answers.collect(kind, question, request);
    const [part] = parts;
    if (part?.kind === 'string') return part.value;
    throw new AnswerError('unavailable', `the answer to ${kind} broke off; ask again`);
  }
}

/** @throws AnswerError bad_data */
export function requireOrder(startMs: number, endMs: number): void {
  if (endMs >= startMs) return;
  throw new AnswerError('bad_data', 'end is before start; valid is start or later');
}
