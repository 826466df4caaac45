import { AnswerError, type Labels, type QueryKind } from '@overseer/shared';
import { ANYBODY } from '@overseer/shared/access';
import type { Questions } from '../questions.ts';
import { type ApiHandler, type ApiRequest, databaseOf } from './api-request.ts';
import { CatalogueApi } from './catalogue-api.ts';
import { unescapeLabelName } from './label-name.ts';
import type { Parameters } from './parameters.ts';
import { listJson, type QueryAnswer, queryJson } from './query-json.ts';
import type { SharedAnswers } from './shared-answers.ts';

/** What Grafana and others take us for: the dialect of Prometheus 3. */
const PROMETHEUS_VERSION = '3.0.0';

/** Prometheus' HTTP API over the questions that the store answers. */
export class QueryApi {
  /** By path; each also stands under `/db/<database>`. */
  readonly routes: Readonly<Record<string, ApiHandler>>;

  constructor(
    questions: Questions,
    private readonly answers: SharedAnswers,
    private readonly defaultDatabase: string,
    private readonly version: string,
  ) {
    this.routes = { ...this.#routes, ...new CatalogueApi(questions, defaultDatabase).routes };
  }

  readonly #routes: Readonly<Record<string, ApiHandler>> = {
    '/api/v1/query': (request) => this.#instant(request),
    '/api/v1/query_range': (request) => this.#range(request),
    '/api/v1/series': (request) => this.#series(request),
    '/api/v1/labels': (request) => this.#list(request, 'labels'),
    '/api/v1/label/:name/values': (request) => this.#list(request, 'values'),
    '/api/v1/session': (request) => Promise.resolve([this.#session(request)]),
    '/api/v1/status/buildinfo': () => Promise.resolve([this.#buildInformation()]),
  };

  async #instant(request: ApiRequest): Promise<Iterable<string>> {
    const { parameters } = request;
    const timeMs = parameters.timeMs('time') ?? Date.now();
    const limit = parameters.limit();
    const answer = await this.#collect(
      'instant',
      { ...this.#evaluation(request), timeMs },
      request,
    );
    return queryJson(answer, { limit, timeMs, withStats: wantsStats(parameters) });
  }

  async #range(request: ApiRequest): Promise<Iterable<string>> {
    const { parameters } = request;
    const startMs = requiredTime(parameters, 'start');
    const endMs = requiredTime(parameters, 'end');
    parameters.required('step', 'step=15s');
    const stepMs = parameters.durationMs('step');
    const limit = parameters.limit();
    if (endMs < startMs) {
      throw new AnswerError('bad_data', 'end is before start; valid is start or later');
    }
    const question = { ...this.#evaluation(request), startMs, endMs, stepMs };
    const answer = await this.#collect('range', question, request);
    return queryJson(answer, { limit, timeMs: endMs, withStats: wantsStats(parameters) });
  }

  async #series(request: ApiRequest): Promise<Iterable<string>> {
    if (request.parameters.list('match[]').length === 0) {
      throw new AnswerError(
        'bad_data',
        'match[] is missing; valid is a selector, such as {host="a"}',
      );
    }
    const { parts, warnings } = await this.#aboutLabels('series', request);
    const series = parts.flatMap((part): readonly Labels[] =>
      part.kind === 'labelSets' ? part.series : [],
    );
    return listJson(series, warnings);
  }

  async #list(request: ApiRequest, kind: 'labels' | 'values'): Promise<Iterable<string>> {
    const { parts, warnings } = await this.#aboutLabels(kind, request);
    const texts = parts.flatMap((part) => (part.kind === 'list' ? part.values : []));
    return listJson(texts, warnings);
  }

  async #aboutLabels(kind: QueryKind, request: ApiRequest) {
    const { parameters, path } = request;
    const question = {
      db: this.#database(request),
      matches: parameters.list('match[]'),
      startMs: parameters.timeMs('start'),
      endMs: parameters.timeMs('end'),
      limit: parameters.limit(),
      label: kind === 'values' ? unescapeLabelName(path.name ?? '') : undefined,
    };
    const { parts, end } = await this.#collect(kind, question, request);
    return { parts, warnings: end.warnings };
  }

  /** Who asks, for the page: null where nobody has to say. */
  #session({ grant }: ApiRequest): string {
    const name = grant === ANYBODY ? null : grant.name;
    return JSON.stringify({ status: 'success', data: { name } });
  }

  #buildInformation(): string {
    const version = `${PROMETHEUS_VERSION}-overseer.${this.version}`;
    const data = { version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
    return JSON.stringify({ status: 'success', data });
  }

  /** What both kinds of query have. */
  #evaluation(request: ApiRequest) {
    const { parameters } = request;
    return {
      db: this.#database(request),
      expr: parameters.required('query', 'query=up'),
      timeoutMs: parameters.durationMs('timeout'),
      lookbackMs: parameters.durationMs('lookback_delta'),
    };
  }

  /** @throws AccessError 403 */
  #database(request: ApiRequest): string {
    return databaseOf(request, this.defaultDatabase);
  }

  /** All of an answer before the first word of it is sent: it may still fail, and a matrix has to be sorted. */
  #collect(kind: QueryKind, question: object, request: ApiRequest): Promise<QueryAnswer> {
    return this.answers.collect(kind, question, request);
  }
}

function requiredTime(parameters: Parameters, name: string): number {
  parameters.required(name, `${name}=2026-01-31T12:00:00Z`);
  return parameters.timeMs(name) as number;
}

function wantsStats(parameters: Parameters): boolean {
  return parameters.text('stats') !== undefined;
}
