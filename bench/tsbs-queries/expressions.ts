import { INTERVAL_MS, MEASUREMENT } from '../tsbs.ts';
import { type Question, stepMsOf } from './questions.ts';

/** What a label of the answer says which field a series is of, where the name is gone. */
export const FIELD_LABEL = 'field';

/**
 * A question in PromQL as any server of it understands it. A function over a range takes the names away, so several fields
 * are as many expressions, each with its name in a label.
 */
export function standardExpression(question: Question): string {
  return (
    commonExpression(question) ??
    question.fields
      .map((field) => {
        const expression = aggregated(question, selector([field], question.hosts));
        return question.fields.length === 1
          ? expression
          : `label_replace(${expression}, "${FIELD_LABEL}", "${field}", "", "")`;
      })
      .join(' or ')
  );
}

/**
 * The same as TSBS' generator for VictoriaMetrics publishes it: there the functions concerned keep the names, so that one
 * selector has all fields.
 */
export function victoriaMetricsExpression(question: Question): string {
  return (
    commonExpression(question) ??
    aggregated(question, selector(question.fields, question.hosts), ['__name__'])
  );
}

/** What TSBS has no PromQL for; the same is asked of all servers. */
function commonExpression({ shape, fields, hosts }: Question): string | undefined {
  const user = selector(['usage_user'], hosts);
  if (shape === 'last') return selector(fields, hosts);
  if (shape !== 'high') return undefined;
  // Whole rows where a host is asked for; of all hosts that were more samples than servers read for one query.
  return fields.length === 1
    ? `${user} > 90`
    : `${selector(fields, hosts)} and on (hostname) ${user} > 90`;
}

function aggregated({ shape }: Question, selector: string, kept: readonly string[] = []): string {
  if (shape === 'mean by hour and host')
    return `avg by (${[...kept, 'hostname'].join(', ')}) (avg_over_time(${selector}[1h]))`;
  const range = shape === 'max by hour' ? '1h' : '1m';
  const by = kept.length > 0 ? ` by (${kept.join(', ')})` : '';
  return `max${by} (max_over_time(${selector}[${range}]))`;
}

function selector(fields: readonly string[], hosts: readonly string[]): string {
  const matchers: string[] = [];
  if (fields.length > 1) matchers.push(`__name__=~"${MEASUREMENT}_(${fields.join('|')})"`);
  if (hosts.length > 0)
    matchers.push(`hostname${hosts.length > 1 ? '=~' : '='}"${hosts.join('|')}"`);
  const name = fields.length === 1 ? `${MEASUREMENT}_${fields[0]}` : '';
  return `${name}${matchers.length > 0 ? `{${matchers.join(',')}}` : ''}`;
}

/**
 * Path and parameters of the question. A range is open to the left, so the group that SQL has from 10:00 to 10:01 is
 * the minute that ends with its last sample, at 10:00:50.
 */
export function apiRequest(question: Question, expression: string): string {
  const seconds = (ms: number) => String(ms / 1000);
  const lastMs = question.toMs - INTERVAL_MS;
  if (question.shape === 'last')
    return `query?${new URLSearchParams({ query: expression, time: seconds(lastMs) })}`;
  const stepMs = stepMsOf(question.shape);
  const parameters = new URLSearchParams({
    query: expression,
    start: seconds(question.fromMs + stepMs - INTERVAL_MS),
    end: seconds(lastMs),
    step: seconds(stepMs),
  });
  return `query_range?${parameters}`;
}
