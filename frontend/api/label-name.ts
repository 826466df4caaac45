const ESCAPED_PREFIX = 'U__';
const CODE_POINT_MAX = 0x10ffff;

/**
 * A label's name from a path. Prometheus' clients escape names that are not plain words: `U__`, then `__` for an underscore and
 * `_<hex digits>_` for any other character. What is no valid escape stands for itself.
 */
export function unescapeLabelName(name: string): string {
  if (!name.startsWith(ESCAPED_PREFIX)) return name;
  let unescaped = '';
  let rest = name.slice(ESCAPED_PREFIX.length);
  while (rest !== '') {
    const match = /^_(?:_|([0-9a-fA-F]{1,6})_)|^[^_]/u.exec(rest);
    if (!match) return name;
    const codePoint = match[1] === undefined ? undefined : Number.parseInt(match[1], 16);
    if (codePoint !== undefined && codePoint > CODE_POINT_MAX) return name;
    if (codePoint !== undefined) unescaped += String.fromCodePoint(codePoint);
    else unescaped += match[0] === '__' ? '_' : match[0];
    rest = rest.slice(match[0].length);
  }
  return unescaped;
}
