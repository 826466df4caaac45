import { type Attributes, activeSpan, inSpan, type Span, SpanKind, startSpan } from './spans.ts';

/** A transaction may copy into hundreds of tables: so many statements of one span are recorded, the others are counted. */
export const STATEMENTS_MAX = 64;

export interface Statement {
  /** `COPY`, `SELECT`, `COMMIT`. */
  readonly operation: string;
  /** Absent: none, or several. */
  readonly table?: string;
  /** The statement as it is written here, never with values. */
  readonly text?: string;
}

/** How many statements of a span were recorded, or would have been. */
const counts = new WeakMap<Span, number>();

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
  if (!hasRoom()) return action(undefined);
  return inSpan(nameOf(statement), describe(statement), action);
}

/** The same for a statement that the caller does not send himself, such as the COMMIT of a transaction; he ends the span. */
export function startStatement(statement: Statement): Span | undefined {
  return hasRoom() ? startSpan(nameOf(statement), describe(statement)) : undefined;
}

/** Whether one more is recorded below the active span. */
function hasRoom(): boolean {
  const parent = activeSpan();
  if (!parent) return false;
  const count = (counts.get(parent) ?? 0) + 1;
  counts.set(parent, count);
  if (count > STATEMENTS_MAX) {
    parent.setAttribute('overseer.statements.unrecorded', count - STATEMENTS_MAX);
  }
  return count <= STATEMENTS_MAX;
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
