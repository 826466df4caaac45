import { type Attributes, activeSpan, inSpan, type Span, SpanKind, startSpan } from './spans.ts';

export interface Statement {
  /** `COPY`, `SELECT`, `COMMIT`. */
  readonly operation: string;
  /** Absent: none, or several. */
  readonly table?: string;
  /** The statement as it is written here, never with values. */
  readonly text?: string;
}

/** What all statements of this thread have in common. */
let server: Attributes = {};

/**
 * Says which database statements are about, from now on.
 * @param url user and password in it are left out
 */
export function nameDatabase(url: string): void {
  const parsed = URL.parse(url);
  if (!parsed) return;
  const address = parsed.searchParams.get('host') ?? parsed.hostname;
  server = {
    'db.namespace': decodeURIComponent(parsed.pathname.slice(1)),
    ...(address !== '' && { 'server.address': address }),
    ...(parsed.port !== '' && { 'server.port': Number(parsed.port) }),
  };
}

/**
 * Runs a statement of PostgreSQL in a client span, by the semantic conventions: https://opentelemetry.io/docs/specs/semconv/db/postgresql/.
 * Costs next to nothing where no span is active.
 */
export function inStatement<T>(statement: Statement, action: (span: Span | undefined) => T): T {
  if (!activeSpan()) return action(undefined);
  return inSpan(nameOf(statement), describe(statement), action);
}

/** The same for a statement that the caller does not send himself, such as the COMMIT of a transaction; he ends the span. */
export function startStatement(statement: Statement): Span | undefined {
  return activeSpan() ? startSpan(nameOf(statement), describe(statement)) : undefined;
}

function nameOf({ operation, table }: Statement): string {
  return table === undefined ? operation : `${operation} ${table}`;
}

function describe({ operation, table, text }: Statement) {
  return {
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(table !== undefined && { 'db.collection.name': table }),
      ...(text !== undefined && { 'db.query.text': text }),
      ...server,
    },
  };
}
