import { AnswerError, type Labels, PIXELS_MAX, type QueryKind } from '@overseer/shared';
import { ANYBODY } from '@overseer/shared/access';
import type { Questions } from '../questions.ts';
import type { QueryAnswer } from './answer-series.ts';
import { type ApiHandler, type ApiRequest, databaseOf } from './api-request.ts';
import { CatalogueApi } from './catalogue-api.ts';
import { ExpressionApi, requireOrder } from './expression-api.ts';
import { unescapeLabelName } from './label-name.ts';
import type { Parameters } from './parameters.ts';
import { listJson, type QueryAnswerOptions, queryJson } from './query-json.ts';
import { queryMsgpack } from './query-msgpack.ts';
import type { SharedAnswers } from './shared-answers.ts';

/** What Grafana and others take us for: the dialect of Prometheus 3. */
const PROMETHEUS_VERSION = '3.0.0';
/** What answers by columns, if it is asked to. */
const COLUMN_PATHS: ReadonlySet<string> = new Set(['/api/v1/query', '/api/v1/query_range']);

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
    this.routes = {
      ...this.#routes,
      ...new ExpressionApi(answers).routes,
      ...new CatalogueApi(questions, defaultDatabase).routes,
    };
  }

  /** Whether a route has its answers, and errors, in MessagePack too. */
  hasColumns(path: string): boolean {
    return COLUMN_PATHS.has(path);
  }

  readonly #routes: Readonly<Record<string, ApiHandler>> = {
    '/api/v1/query': (request) => this.#instant(request),
    '/api/v1/query_range': (request) => this.#range(request),
    '/api/v1/series': (request) => this.#series(request),
    '/api/v1/labels': (request) => this.#list(request, 'labels'),
    '/api/v1/label/:name/values': (request) => this.#list(request, 'values'),
    '/api/v1/rules': () => Promise.resolve([this.#rules()]),
    '/api/v1/session': (request) => Promise.resolve([this.#session(request)]),
    '/api/v1/status/buildinfo': () => Promise.resolve([this.#buildInformation()]),
  };

  async #instant(request: ApiRequest) {
    const { parameters } = request;
    const timeMs = parameters.timeMs('time') ?? Date.now();
    const limit = parameters.limit();
    const answer = await this.#collect(
      'instant',
      { ...this.#evaluation(request), timeMs },
      request,
    );
    return encoded(request, answer, { limit, timeMs });
  }

  async #range(request: ApiRequest) {
    const { parameters } = request;
    const startMs = requiredTime(parameters, 'start');
    const endMs = requiredTime(parameters, 'end');
    const pixels = parameters.count('pixels', PIXELS_MAX);
    // With pixels the store finds a step itself.
    if (pixels === undefined) parameters.required('step', 'step=15s');
    const stepMs = parameters.durationMs('step');
    const limit = parameters.limit();
    requireOrder(startMs, endMs);
    const question = { ...this.#evaluation(request), startMs, endMs, stepMs, pixels };
    const answer = await this.#collect('range', question, request);
    if (pixels !== undefined) requireReduced(answer, pixels);
    return encoded(request, answer, { limit, timeMs: endMs });
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
    const startMs = parameters.timeMs('start');
    const endMs = parameters.timeMs('end');
    if (startMs !== undefined && endMs !== undefined) requireOrder(startMs, endMs);
    const question = {
      db: this.#database(request),
      matches: parameters.list('match[]'),
      startMs,
      endMs,
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

  /** Grafana asks for them, to show what recording rules are made of; there are none. */
  #rules(): string {
    return JSON.stringify({ status: 'success', data: { groups: [] } });
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

function encoded(
  { encoding, parameters }: ApiRequest,
  answer: QueryAnswer,
  options: Omit<QueryAnswerOptions, 'withStats'>,
) {
  const withStats = parameters.text('stats') !== undefined;
  const write = encoding === 'msgpack' ? queryMsgpack : queryJson;
  return write(answer, { ...options, withStats });
}

/** @throws AnswerError unavailable: a store of an older release has passed over the pixels */
function requireReduced({ parts }: QueryAnswer, pixels: number): void {
  if (!parts.some((part) => part.kind === 'matrix' && part.count > 2 * pixels)) return;
  throw new AnswerError(
    'unavailable',
    'the store that answered does not know pixels yet, because it is of an older release: upgrade it, or ask without pixels',
  );
}
