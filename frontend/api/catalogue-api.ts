import {
  AnswerError,
  CARDINALITY_MAX,
  type CardinalityPart,
  type MeasurementPart,
  type QueryKind,
  type QueryPart,
  TAG_VALUES_MAX,
} from '@overseer/shared';
import { requireRight } from '@overseer/shared/access';
import type { Questions } from '../questions.ts';
import { partBytes } from './answer-memory.ts';
import { type ApiHandler, type ApiRequest, databaseOf } from './api-request.ts';
import { CatalogueJson } from './catalogue-json.ts';
import { gathered } from './json-pieces.ts';
import { MetadataJson } from './metadata-json.ts';
import type { Parameters } from './parameters.ts';
import { ShapeTexts } from './shape-texts.ts';
import { tsdbJson } from './tsdb-json.ts';

/** Length of the lists of `status/tsdb`, unless told: Prometheus' own. */
const TSDB_LIMIT = 10;

/** What there is: Overseer's catalogue, and what Prometheus tells of metrics and of its database. */
export class CatalogueApi {
  readonly #shapes = new ShapeTexts();

  constructor(
    private readonly questions: Questions,
    private readonly defaultDatabase: string,
  ) {}

  /** By path; each also stands under `/db/<database>`. */
  readonly routes: Readonly<Record<string, ApiHandler>> = {
    '/api/v1/catalogue': (request) => this.#catalogue(request),
    '/api/v1/metadata': (request) => this.#metadata(request),
    '/api/v1/status/tsdb': (request) => this.#tsdb(request),
  };

  async #catalogue(request: ApiRequest): Promise<Iterable<string>> {
    const { grant, path, parameters, signal, lease } = request;
    const measurement = parameters.text('measurement');
    const values = parameters.count('values', TAG_VALUES_MAX);
    if (values !== undefined && measurement === undefined) {
      throw new AnswerError('bad_data', 'values are of one measurement; measurement is missing');
    }
    // Of one measurement there is more to tell, which the store knows.
    const db =
      measurement === undefined
        ? (path.database ?? parameters.text('db'))
        : databaseOf(request, this.defaultDatabase);
    if (db !== undefined) requireRight(grant, 'read', db);
    const catalogue = new CatalogueJson(this.#shapes, (name) => grant.may('read', name));
    if (db !== undefined && measurement !== undefined) {
      await this.#query('measurement', { db, measurement, values }, request, (part) =>
        catalogue.addDetails(part as MeasurementPart),
      );
    }
    const question = { ...(db !== undefined && { db }), ...(measurement && { measurement }) };
    await this.questions.catalogue(question, {
      signal,
      onPart: (part) => lease.grow(catalogue.add(part)),
    });
    return gathered(catalogue.pieces());
  }

  async #metadata(request: ApiRequest): Promise<Iterable<string>> {
    const { parameters, signal, lease } = request;
    const metadata = new MetadataJson({
      metric: parameters.text('metric'),
      limit: wholeNumber(parameters, 'limit'),
      limitPerMetric: wholeNumber(parameters, 'limit_per_metric'),
    });
    await this.questions.catalogue(
      { db: databaseOf(request, this.defaultDatabase) },
      { signal, onPart: (part) => lease.grow(metadata.add(part)) },
    );
    return gathered(metadata.pieces());
  }

  async #tsdb(request: ApiRequest): Promise<Iterable<string>> {
    const limit = request.parameters.count('limit', CARDINALITY_MAX) ?? TSDB_LIMIT;
    const db = databaseOf(request, this.defaultDatabase);
    const parts: CardinalityPart[] = [];
    await this.#query('cardinality', { db, limit }, request, (part) => {
      parts.push(part as CardinalityPart);
    });
    return [tsdbJson(parts)];
  }

  async #query(
    kind: QueryKind,
    question: object,
    { signal, lease }: ApiRequest,
    take: (part: QueryPart) => void,
  ): Promise<void> {
    const onPart = (part: QueryPart) => {
      lease.grow(partBytes(part));
      take(part);
    };
    await this.questions.query(kind, question, { signal, onPart });
  }
}

/** As Prometheus reads it: a negative one is no limit. */
function wholeNumber(parameters: Parameters, name: string): number | undefined {
  const text = parameters.text(name);
  if (text === undefined) return undefined;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new AnswerError('bad_data', `${name} must be a number`);
}
