/** A question as people put it together: of a metric, where, what of it over time, and grouped by what. */
export interface BuiltQuery {
  /** Empty: none is chosen yet. */
  readonly metric: string;
  readonly filters: readonly Filter[];
  readonly overTime: OverTime | undefined;
  readonly group: Group | undefined;
  /** Of a classic histogram, whose buckets the rest is. */
  readonly histogramQuantile: string | undefined;
}

export interface Filter {
  readonly label: string;
  readonly operator: FilterOperator;
  /** Empty: none is chosen yet. */
  readonly value: string;
}

/** What becomes of the samples within a stretch of time before each step. */
export interface OverTime {
  readonly function: OverTimeFunction;
  /** As PromQL writes it: `5m`. */
  readonly window: string;
  /** Of the function, which comes before the samples: a number; empty where there is none. */
  readonly parameter: string;
}

/** Several series made one, for each of what the labels have. */
export interface Group {
  readonly operator: GroupOperator;
  readonly labels: readonly string[];
  /** As that of `OverTime`. */
  readonly parameter: string;
}

export const FILTER_OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

export const OVER_TIME_FUNCTIONS = [
  ...['rate', 'increase', 'delta', 'deriv'],
  ...['avg_over_time', 'min_over_time', 'max_over_time', 'sum_over_time', 'count_over_time'],
  ...['last_over_time', 'stddev_over_time', 'quantile_over_time'],
] as const;
export type OverTimeFunction = (typeof OVER_TIME_FUNCTIONS)[number];

export const GROUP_OPERATORS = [
  ...['sum', 'avg', 'min', 'max', 'count', 'stddev', 'quantile', 'topk', 'bottomk'],
] as const;
export type GroupOperator = (typeof GROUP_OPERATORS)[number];

export const HISTOGRAM_QUANTILE = 'histogram_quantile';

/** Long enough for metrics that come once a minute. */
export const DEFAULT_WINDOW = '5m';
export const DEFAULT_QUANTILE = '0.95';

const PARAMETERS: Readonly<Record<string, string>> = {
  quantile_over_time: DEFAULT_QUANTILE,
  quantile: DEFAULT_QUANTILE,
  topk: '5',
  bottomk: '5',
};

/** The parameter that a function or operator has at first; empty: it has none. */
export function defaultParameter(name: OverTimeFunction | GroupOperator): string {
  return PARAMETERS[name] ?? '';
}

/** Whatever is of the metric, and nothing more. */
export function ofMetric(metric: string): BuiltQuery {
  return {
    metric,
    filters: [],
    overTime: undefined,
    group: undefined,
    histogramQuantile: undefined,
  };
}

/** `5m`, `1h30m`: units from long to short. */
export function isDuration(text: string): boolean {
  return /^(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text);
}

export function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}
