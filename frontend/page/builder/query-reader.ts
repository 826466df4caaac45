import {
  type BuiltQuery,
  defaultParameter,
  FILTER_OPERATORS,
  type Filter,
  type FilterOperator,
  GROUP_OPERATORS,
  type Group,
  HISTOGRAM_QUANTILE,
  isDuration,
  isNumber,
  OVER_TIME_FUNCTIONS,
  type OverTime,
  ofMetric,
} from './built-query.ts';

const TOKEN = /\s+|"(?:[^"\\\n]|\\.)*"|[a-zA-Z_:][\w:]*|\d[\w.]*|=~|!~|!=|[=(){}[\],]/y;
const NAME = /^[a-zA-Z_:]/;

/**
 * Reads PromQL back into what the builder shows.
 * @returns undefined for everything that the builder does not write: reading and writing never loses a word
 */
export function readQuery(text: string): BuiltQuery | undefined {
  if (text.trim() === '') return ofMetric('');
  const tokens = tokenize(text);
  if (!tokens) return undefined;
  try {
    const reader = new QueryReader(tokens);
    const query = reader.readHistogramQuantile();
    return reader.isAtEnd ? query : undefined;
  } catch (error) {
    if (error instanceof NotOfTheBuilder) return undefined;
    throw error;
  }
}

function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [token] = TOKEN.exec(text) ?? [];
    if (token === undefined) return undefined;
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

class NotOfTheBuilder extends Error {}

/** From the outside in; each method reads what may be left out, and goes on with what is within. */
class QueryReader {
  #index = 0;

  constructor(private readonly tokens: readonly string[]) {}

  get isAtEnd(): boolean {
    return this.#index === this.tokens.length;
  }

  readHistogramQuantile(): BuiltQuery {
    if (!this.#isCallOf([HISTOGRAM_QUANTILE])) return this.#readGroup();
    this.#index++;
    this.#expect('(');
    const histogramQuantile = this.#readParameter();
    const query = this.#readGroup();
    this.#expect(')');
    return { ...query, histogramQuantile };
  }

  #readGroup(): BuiltQuery {
    const operator = GROUP_OPERATORS.find((name) => name === this.#peek());
    if (!operator || !this.#isCallOf(GROUP_OPERATORS, 'by')) return this.#readOverTime();
    this.#index++;
    const before = this.#readLabels();
    this.#expect('(');
    const parameter = defaultParameter(operator) === '' ? '' : this.#readParameter();
    const query = this.#readOverTime();
    this.#expect(')');
    const labels = before ?? this.#readLabels() ?? [];
    const group: Group = { operator, labels, parameter };
    return { ...query, group };
  }

  #readOverTime(): BuiltQuery {
    const name = OVER_TIME_FUNCTIONS.find((known) => known === this.#peek());
    if (!name || !this.#isCallOf(OVER_TIME_FUNCTIONS)) return this.#readSelector();
    this.#index++;
    this.#expect('(');
    const parameter = defaultParameter(name) === '' ? '' : this.#readParameter();
    const query = this.#readSelector();
    this.#expect('[');
    const window = this.#take(isDuration);
    this.#expect(']');
    this.#expect(')');
    const overTime: OverTime = { function: name, window, parameter };
    return { ...query, overTime };
  }

  #readSelector(): BuiltQuery {
    const isQuoted = this.#peek() === '{';
    let metric = isQuoted ? '' : this.#take((token) => NAME.test(token));
    const filters: Filter[] = [];
    if (this.#peek() !== '{') return ofMetric(metric);
    this.#index++;
    while (this.#peek() !== '}') {
      const name = this.#readName();
      const operator = FILTER_OPERATORS.find((known) => known === this.#peek());
      if (operator) filters.push(this.#readFilter(name, operator));
      else if (metric === '') metric = name;
      else throw new NotOfTheBuilder();
      if (this.#peek() !== '}') this.#expect(',');
    }
    this.#index++;
    // Series of any metric, or of those that a filter names.
    if (metric === '') throw new NotOfTheBuilder();
    return { ...ofMetric(metric), filters };
  }

  #readFilter(label: string, operator: FilterOperator): Filter {
    this.#index++;
    const value = unquote(this.#take((token) => token.startsWith('"')));
    // The builder has no filter for "has no such label".
    if (value === '' || label === '__name__') throw new NotOfTheBuilder();
    return { label, operator, value };
  }

  /** @returns undefined when there is no list */
  #readLabels(): string[] | undefined {
    if (this.#peek() !== 'by') return undefined;
    this.#index++;
    this.#expect('(');
    const labels: string[] = [];
    while (this.#peek() !== ')') {
      labels.push(this.#readName());
      if (this.#peek() !== ')') this.#expect(',');
    }
    this.#index++;
    return labels;
  }

  /** Plain or quoted. */
  #readName(): string {
    const token = this.#take((name) => NAME.test(name) || name.startsWith('"'));
    return token.startsWith('"') ? unquote(token) : token;
  }

  #readParameter(): string {
    const parameter = this.#take(isNumber);
    this.#expect(',');
    return parameter;
  }

  /** A metric may be called as a function is: only what comes behind the name tells. */
  #isCallOf(names: readonly string[], ...others: readonly string[]): boolean {
    const next = this.tokens[this.#index + 1];
    return names.includes(this.#peek() ?? '') && ['(', ...others].includes(next ?? '');
  }

  #peek(): string | undefined {
    return this.tokens[this.#index];
  }

  #take(isWanted: (token: string) => boolean): string {
    const token = this.tokens[this.#index];
    if (token === undefined || !isWanted(token)) throw new NotOfTheBuilder();
    this.#index++;
    return token;
  }

  #expect(wanted: string): void {
    this.#take((token) => token === wanted);
  }
}

/** @throws NotOfTheBuilder for escapes that JSON does not know */
function unquote(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    throw new NotOfTheBuilder();
  }
}
