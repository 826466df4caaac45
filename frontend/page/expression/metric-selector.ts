/** Names that the grammar takes for words of its own, in any case. */
const RESERVED = new Set([
  ...['and', 'or', 'unless', 'atan2', 'bool', 'by', 'without', 'on', 'ignoring', 'offset'],
  ...['group_left', 'group_right', 'inf', 'nan', 'start', 'end'],
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'topk', 'bottomk'],
  ...['count_values', 'quantile', 'limitk', 'limit_ratio'],
]);

const IDENTIFIER = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** The expression that selects all series of a metric: its name, quoted when it is not a plain one. */
export function metricSelector(metric: string): string {
  const isPlain = IDENTIFIER.test(metric) && !RESERVED.has(metric.toLowerCase());
  return isPlain ? metric : `{${JSON.stringify(metric)}}`;
}

/** Names and strings of an expression: the metrics that it mentions are among them. */
export function mentionedNames(expr: string): Set<string> {
  const names = new Set<string>();
  for (const [token] of expr.matchAll(/"(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*/g)) {
    names.add(token.startsWith('"') ? unquote(token) : token);
  }
  return names;
}

/** What a string of the expression stands for; itself when it has an escape that JSON doesn't know. */
function unquote(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}
