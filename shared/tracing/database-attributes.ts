import type { Attributes } from '@opentelemetry/api';

/** https://opentelemetry.io/docs/specs/semconv/database/postgresql/ */
export interface DatabaseOperation {
  /** `COPY`, `SELECT`. */
  readonly name: string;
  /** The table, when it is one. */
  readonly table?: string;
  /** The database that the session is in. */
  readonly database?: string;
}

/** Attributes of a span about a statement in PostgreSQL. */
export function databaseAttributes({ name, table, database }: DatabaseOperation): Attributes {
  return {
    'db.system.name': 'postgresql',
    'db.operation.name': name,
    ...(table !== undefined && { 'db.collection.name': table }),
    ...(database !== undefined && { 'db.namespace': database }),
  };
}
