/** Strings, names, and anything else by the character. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[a-zA-Z_:][\w:]*|[\s\S]/g;
const NAME = /^[a-zA-Z_:]/;
const MATCHER = /^\s*("(?:[^"\\]|\\.)*"|[a-zA-Z_]\w*)\s*(=~|!=|!~|=)/;

/**
 * The expression with a label of some metrics fixed to a value, in place of what it was fixed to before.
 * @param metrics that have the label
 * @returns undefined when the expression selects none of them
 */
export function addFilter(
  expr: string,
  metrics: ReadonlySet<string>,
  label: string,
  value: string,
): string | undefined {
  const tokens = expr.match(TOKEN) ?? [];
  let written = '';
  let isFound = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    const isName = NAME.test(token) && metrics.has(token);
    const next = nextSolid(tokens, at + 1);
    if (token === '{' || (isName && tokens[next] === '{')) {
      const open = token === '{' ? at : next;
      const close = closingBrace(tokens, open);
      const matchers = splitMatchers(tokens.slice(open + 1, close));
      const isMeant = isName || matchers.some((matcher) => namesMetric(matcher, metrics));
      isFound ||= isMeant;
      const prefix = tokens.slice(at, open).join('');
      const content = isMeant ? withMatcher(matchers, label, value) : matchers.join(',');
      written += `${prefix}{${content}}`;
      at = close;
    } else if (isName && tokens[next] !== '(') {
      isFound = true;
      written += `${token}{${matcherOf(label, value)}}`;
    } else written += token;
  }
  return isFound ? written : undefined;
}

/** Index of the next token that is no white space. */
function nextSolid(tokens: readonly string[], from: number): number {
  const index = tokens.findIndex((token, at) => at >= from && token.trim() !== '');
  return index < 0 ? tokens.length : index;
}

function closingBrace(tokens: readonly string[], from: number): number {
  const index = tokens.indexOf('}', from);
  return index < 0 ? tokens.length : index;
}

function splitMatchers(tokens: readonly string[]): string[] {
  const matchers = [''];
  for (const token of tokens) {
    if (token === ',') matchers.push('');
    else matchers[matchers.length - 1] += token;
  }
  return matchers.filter((matcher) => matcher.trim() !== '');
}

/** `{"my.metric"}` and `{__name__="my.metric"}` name their metric inside. */
function namesMetric(matcher: string, metrics: ReadonlySet<string>): boolean {
  const named = /^\s*(?:__name__\s*=\s*)?("(?:[^"\\]|\\.)*")\s*$/.exec(matcher)?.[1];
  return named !== undefined && metrics.has(unquote(named));
}

function withMatcher(matchers: readonly string[], label: string, value: string): string {
  const others = matchers.filter((matcher) => {
    const [, name = '', operator] = MATCHER.exec(matcher) ?? [];
    return unquote(name) !== label || (operator !== '=' && operator !== '=~');
  });
  return [...others.map((matcher) => matcher.trim()), matcherOf(label, value)].join(', ');
}

function matcherOf(label: string, value: string): string {
  const name = /^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label);
  return `${name}=${JSON.stringify(value)}`;
}

/** What a quoted name stands for; itself when it is not quoted, or has an escape that JSON doesn't know. */
function unquote(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return String(JSON.parse(name));
  } catch {
    return name.slice(1, -1);
  }
}
