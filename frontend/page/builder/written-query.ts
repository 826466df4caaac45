import { metricSelector } from '../expression/metric-selector.ts';
import { type BuiltQuery, type Filter, HISTOGRAM_QUANTILE } from './built-query.ts';

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The query as PromQL; empty while it has no metric. Filters without a label or a value are left out. */
export function writeQuery({
  metric,
  filters,
  overTime,
  group,
  histogramQuantile,
}: BuiltQuery): string {
  if (metric === '') return '';
  let text = writeSelector(metric, filters);
  if (overTime) {
    text = call(overTime.function, '', overTime.parameter, `${text}[${overTime.window}]`);
  }
  if (group) {
    const by = group.labels.length > 0 ? ` by (${group.labels.map(writeLabel).join(', ')}) ` : '';
    text = call(group.operator, by, group.parameter, text);
  }
  return histogramQuantile === undefined
    ? text
    : call(HISTOGRAM_QUANTILE, '', histogramQuantile, text);
}

function call(name: string, modifier: string, parameter: string, argument: string): string {
  return `${name}${modifier}(${parameter === '' ? '' : `${parameter}, `}${argument})`;
}

/** The series of a metric that pass the filters: `cpu_usage_idle{host="a"}`. Without a metric, of any. */
export function writeSelector(metric: string, filters: readonly Filter[]): string {
  const matchers = filters
    .filter(({ label, value }) => label !== '' && value !== '')
    .map(({ label, operator, value }) => `${writeLabel(label)}${operator}${JSON.stringify(value)}`);
  if (metric === '') return `{${matchers.join(', ')}}`;
  const selector = metricSelector(metric);
  if (matchers.length === 0) return selector;
  // The name of a metric that is not plain stands within the braces.
  return selector.endsWith('}')
    ? `${selector.slice(0, -1)}, ${matchers.join(', ')}}`
    : `${selector}{${matchers.join(', ')}}`;
}

function writeLabel(label: string): string {
  return LABEL.test(label) ? label : JSON.stringify(label);
}
