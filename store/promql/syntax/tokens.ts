/** Comments, strings, numbers and names, so that what stands in them is no operator; then operators and brackets. */
export const TOKEN =
  /#[^\n]*|"(?:[^\\"]|\\.)*"?|'(?:[^\\']|\\.)*'?|`[^`]*`?|[\d.][\d._]*(?:e[+-]?\d+)?\w*|[A-Za-z_:][\w:]*|[=!<>]=|[-+*/%^<>(){}[\],]/gis;

/** What is still open at the end of a text, in the words of Prometheus, which looks for braces first; undefined: nothing. */
export function unclosedAtEnd(text: string): string | undefined {
  const open = { '{': 0, '(': 0, '[': 0 };
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '(' || token === '[') open[token]++;
    else if (token === '}') open['{']--;
    else if (token === ')') open['(']--;
    else if (token === ']') open['[']--;
  }
  if (open['{'] > 0) return 'unexpected end of input inside braces';
  if (open['('] > 0) return 'unclosed left parenthesis';
  return open['['] > 0 ? 'unclosed left bracket' : undefined;
}
