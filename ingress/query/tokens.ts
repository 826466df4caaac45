/** The words of InfluxQL, as far as it takes to tell statements apart and to read names. */

export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'pattern' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** What it stands for: a quoted name without its quotes and escapes. */
  readonly text: string;
  /** Where it begins in the query, in UTF-16 units. */
  readonly offset: number;
}

/** A query that can't be read; `message` says where, as InfluxDB 1.x does. */
export class QuerySyntaxError extends Error {
  override name = 'QuerySyntaxError';

  constructor(what: string, query: string, offset: number) {
    const before = query.slice(0, offset).split('\n');
    const character = (before.at(-1) ?? '').length + 1;
    super(`error parsing query: ${what} at line ${before.length}, char ${character}`);
  }
}

const COMMENT = '/*';

/** In this order: what none of the others takes is a symbol. A pattern is one only where `patternFollows`. */
const GRAMMAR = {
  space: /\s+|--[^\n]*|\/\*[\s\S]*?\*\//y,
  name: /"(?:\\[\s\S]|[^"\\\n])*"/y,
  string: /'(?:\\[\s\S]|[^'\\\n])*'/y,
  pattern: /\/(?:\\\/|[^/\n])*\//y,
  word: /[\p{L}_][\p{L}\p{N}_]*/uy,
  number: /\d+(?:\.\d+)?[\p{L}]*/uy,
  symbol: /=~|!~|!=|<=|>=|[\s\S]/uy,
} as const;

const KINDS = Object.keys(GRAMMAR) as (keyof typeof GRAMMAR)[];

/** The words of a query, and an end. @throws QuerySyntaxError for quotes and comments that are not closed */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < query.length) {
    const { kind, text } = longestAt(query, offset, patternFollows(tokens.at(-1)));
    if (kind !== 'space') {
      if (kind === 'symbol' && (text === '"' || text === "'")) {
        throw new QuerySyntaxError(`the quote ${text} is not closed`, query, offset);
      }
      // Else every one of many would be looked for its end.
      if (kind === 'symbol' && query.startsWith(COMMENT, offset)) {
        throw new QuerySyntaxError(`the comment ${COMMENT} is not closed`, query, offset);
      }
      const isQuoted = kind === 'name' || kind === 'string';
      tokens.push({ kind, text: isQuoted ? unquoted(text) : text, offset });
    }
    offset += text.length;
  }
  tokens.push({ kind: 'end', text: '', offset });
  return tokens;
}

function longestAt(query: string, offset: number, withPattern: boolean) {
  for (const kind of KINDS) {
    if (kind === 'pattern' && !withPattern) continue;
    const grammar = GRAMMAR[kind];
    grammar.lastIndex = offset;
    const [text] = grammar.exec(query) ?? [];
    if (text) return { kind, text };
  }
  throw new Error('a symbol is any character');
}

/** Else a slash divides. */
function patternFollows(before: Token | undefined): boolean {
  return before?.kind === 'symbol' && (before.text === '=~' || before.text === '!~');
}

function unquoted(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\([\s\S])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
