import type { PrometheusClient } from '@prometheus-io/codemirror-promql';
import { fetchLabelValues, type LabelQuestion } from '../../builder/label-values.ts';
import { labelsOf } from '../../builder/metric-labels.ts';
import type { CatalogueMeasurement } from '../../catalogue/catalogue.ts';
import { isPickable } from '../../catalogue/tree.ts';

type Matchers = NonNullable<Parameters<PrometheusClient['labelValues']>[2]>;
type Matcher = Matchers[number];

export interface CompletionClientParts {
  readonly db: () => string;
  /** Of the database. */
  readonly measurements: () => readonly CatalogueMeasurement[];
  /** Name of a node of the grammar, such as `EqlRegex`. */
  readonly nodeName: (id: number) => string | undefined;
  readonly fetchValues?: (question: LabelQuestion) => Promise<readonly string[]>;
}

const OPERATORS: Readonly<Record<string, string>> = {
  EqlSingle: '=',
  Neq: '!=',
  EqlRegex: '=~',
  NeqRegex: '!~',
};

/** What the completion of PromQL asks: names are in the catalogue, which the page has anyway; values come from the server. */
export class CompletionClient implements PrometheusClient {
  constructor(private readonly parts: CompletionClientParts) {}

  metricNames(): Promise<string[]> {
    return Promise.resolve(this.#fields().map(({ metric }) => metric));
  }

  metricMetadata(): ReturnType<PrometheusClient['metricMetadata']> {
    const entries = this.#fields().map(({ metric, type }) => [metric, [{ type, help: '' }]]);
    return Promise.resolve(Object.fromEntries(entries));
  }

  labelNames(metric = ''): Promise<string[]> {
    return Promise.resolve([...labelsOf(this.parts.measurements(), metric)]);
  }

  async labelValues(label: string, metric = '', matchers: Matchers = []): Promise<string[]> {
    const { db, fetchValues = fetchLabelValues } = this.parts;
    try {
      const selector = this.#selector(label, metric, matchers);
      return [...(await fetchValues({ db: db(), label, selector }))];
    } catch (error) {
      // There is nothing to be offered; what is written by hand is answered, or not, with an error of its own.
      console.info('The values of a label could not be got.', error);
      return [];
    }
  }

  /** Never asked for labels or values. */
  series(): ReturnType<PrometheusClient['series']> {
    return Promise.resolve([]);
  }

  flags(): ReturnType<PrometheusClient['flags']> {
    return Promise.resolve({});
  }

  #fields() {
    return this.parts.measurements().flatMap(({ fields }) => fields.filter(isPickable));
  }

  /** What was written before, but for the matcher that is being written. Values are as they stand between the quotes. */
  #selector(label: string, metric: string, matchers: Matchers): string {
    const others = matchers.filter(({ name, value }) => name !== label && value !== '');
    const written = others.map((matcher) => this.#write(matcher));
    return written.length > 0 || metric === ''
      ? `${metric}{${written.join(',') || `${label}!=""`}}`
      : metric;
  }

  #write({ name, type, value }: Matcher): string {
    const operator = OPERATORS[this.parts.nodeName(type) ?? ''] ?? '=';
    return `${JSON.stringify(name)}${operator}"${value}"`;
  }
}
