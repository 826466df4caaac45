import { QuerySyntaxError, type Token, tokensOf } from './tokens.ts';

/** Statements of one query; every client sends one, some a few. Each may list all measurements of a database. */
const STATEMENTS_MAX = 10;

/** A statement of InfluxQL, as far as agents and clients need one to write. */
export type Statement =
  | { readonly kind: 'create-database'; readonly database: string }
  | { readonly kind: 'drop-database'; readonly database: string }
  | { readonly kind: 'drop-measurement'; readonly measurement: string }
  | { readonly kind: 'show-databases' }
  | { readonly kind: 'show-retention-policies'; readonly database: string | undefined }
  | {
      readonly kind: 'show-measurements';
      readonly database: string | undefined;
      readonly limit: number;
      readonly offset: number;
    }
  /** `DROP SERIES` or `DELETE`, whose conditions are not read. */
  | { readonly kind: 'delete'; readonly text: string }
  /** Any other; `text` is its beginning as it was sent. */
  | { readonly kind: 'other'; readonly text: string };

/** Long enough to recognise what was sent. */
const OTHER_LENGTH_MAX = 100;

/**
 * Reads the statements of a query, which stand between semicolons.
 * @throws QuerySyntaxError when there are none or too many, or for one that begins as a known one and goes on as none
 */
export function readStatements(query: string): Statement[] {
  const statements: Statement[] = [];
  for (const tokens of betweenSemicolons(tokensOf(query))) {
    if (statements.length === STATEMENTS_MAX) {
      const { offset } = tokens[0] as Token;
      throw new QuerySyntaxError(`more statements than ${STATEMENTS_MAX}`, query, offset);
    }
    statements.push(new StatementReader(query, tokens).read());
  }
  if (statements.length === 0) throw new QuerySyntaxError('no statement', query, query.length);
  return statements;
}

/** The tokens of each statement that has any, with an end. */
function betweenSemicolons(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  let statement: Token[] = [];
  for (const token of tokens) {
    const isEnd = token.kind === 'end' || (token.kind === 'symbol' && token.text === ';');
    statement.push(isEnd ? { ...token, kind: 'end' } : token);
    if (!isEnd) continue;
    if (statement.length > 1) statements.push(statement);
    statement = [];
  }
  return statements;
}

class StatementReader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(query: string, tokens: readonly Token[]) {
    this.#query = query;
    this.#tokens = tokens;
  }

  read(): Statement {
    if (this.#takes('CREATE', 'DATABASE')) return this.#createDatabase();
    if (this.#takes('DROP', 'DATABASE')) return this.#dropDatabase();
    if (this.#takes('DROP', 'MEASUREMENT')) {
      return this.#ended({ kind: 'drop-measurement', measurement: this.#name() });
    }
    if (this.#takes('DROP', 'SERIES') || this.#takes('DELETE')) {
      return { kind: 'delete', text: this.#text() };
    }
    if (this.#takes('SHOW', 'DATABASES')) return this.#ended({ kind: 'show-databases' });
    if (this.#takes('SHOW', 'MEASUREMENTS')) return this.#showMeasurements();
    if (this.#takes('SHOW', 'RETENTION', 'POLICIES')) {
      return this.#ended({ kind: 'show-retention-policies', database: this.#onDatabase() });
    }
    return this.#other();
  }

  /** A duration of retention would be a promise that is not kept, so what follows the name makes it another statement. */
  #createDatabase(): Statement {
    this.#takes('IF', 'NOT', 'EXISTS');
    const database = this.#name();
    if (this.#isWord('WITH')) return this.#other();
    return this.#ended({ kind: 'create-database', database });
  }

  #dropDatabase(): Statement {
    this.#takes('IF', 'EXISTS');
    return this.#ended({ kind: 'drop-database', database: this.#name() });
  }

  #showMeasurements(): Statement {
    const database = this.#onDatabase();
    if (this.#isWord('WITH') || this.#isWord('WHERE') || this.#isWord('ORDER')) {
      return this.#other();
    }
    const limit = this.#takes('LIMIT') ? this.#count() : Number.POSITIVE_INFINITY;
    const offset = this.#takes('OFFSET') ? this.#count() : 0;
    return this.#ended({ kind: 'show-measurements', database, limit, offset });
  }

  #onDatabase(): string | undefined {
    return this.#takes('ON') ? this.#name() : undefined;
  }

  #other(): Statement {
    return { kind: 'other', text: this.#text() };
  }

  /** The beginning of the statement as it was sent. */
  #text(): string {
    const start = this.#tokens[0]?.offset ?? 0;
    const end = this.#tokens.at(-1)?.offset ?? start;
    const text = this.#query.slice(start, end).trim();
    const isLong = text.length > OTHER_LENGTH_MAX;
    return isLong ? `${text.slice(0, OTHER_LENGTH_MAX)}…` : text;
  }

  #name(): string {
    const { kind, text } = this.#token;
    if (kind !== 'name' && kind !== 'word') throw this.#unexpected('a name');
    this.#next++;
    return text;
  }

  #count(): number {
    const { kind, text } = this.#token;
    if (kind !== 'number' || !/^\d+$/.test(text)) throw this.#unexpected('a whole number');
    this.#next++;
    return Number(text);
  }

  #ended(statement: Statement): Statement {
    if (this.#token.kind !== 'end') throw this.#unexpected('; or the end');
    return statement;
  }

  /** Passes the words if they all follow. */
  #takes(...words: readonly string[]): boolean {
    const follow = words.every((word, i) => this.#isWord(word, i));
    if (follow) this.#next += words.length;
    return follow;
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#next + ahead];
    return token?.kind === 'word' && token.text.toUpperCase() === word;
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #unexpected(expected: string): QuerySyntaxError {
    const { kind, text, offset } = this.#token;
    const found = kind === 'end' ? 'the end' : text;
    return new QuerySyntaxError(`found ${found}, expected ${expected}`, this.#query, offset);
  }
}
