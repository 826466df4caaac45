import { type Grant, type Right, requireRight } from '@overseer/shared/access';
import type { Ingress } from '../ingress.ts';
import { checkDatabaseName } from '../write-parameters.ts';
import { namesResult, RETENTION_POLICIES, type StatementResult } from './results.ts';
import type { Statement } from './statement.ts';

/** On whose behalf statements are executed, and where. */
export interface QueryContext {
  readonly ingress: Ingress;
  readonly grant: Grant;
  /** For statements that name no database. */
  readonly database: string | undefined;
}

const DELETE_ELSEWHERE =
  'delete points and series by overseer delete --db DATABASE --where TAG=VALUE --from TIME --to TIME';
const ELSEWHERE =
  'ingress takes points; ask the frontend by PromQL (/api/v1/query), or PostgreSQL by SQL (overseer sql)';

/**
 * Executes a statement.
 * @throws AccessError when the grant does not allow it; RequestError for a name that is none; UnavailableError, BusUnavailableError
 */
export async function executeStatement(
  statement: Statement,
  context: QueryContext,
): Promise<StatementResult> {
  switch (statement.kind) {
    case 'create-database':
      return createDatabase(statement.database, context);
    case 'drop-database':
      return drop(statement.database, undefined, context);
    case 'drop-measurement':
      return drop(context.database, statement.measurement, context);
    case 'delete':
      return { error: `${statement.text} is not supported: ${DELETE_ELSEWHERE}` };
    case 'show-databases':
      return namesResult('databases', visibleDatabases(context));
    case 'show-retention-policies':
      return onDatabase(statement.database, context, ['read', 'write'], () => RETENTION_POLICIES);
    case 'show-measurements':
      return onDatabase(statement.database, context, ['read'], (database) => {
        const { limit, offset } = statement;
        const names = context.ingress.databases.measurementsOf(database);
        return namesResult('measurements', names.slice(offset, offset + limit));
      });
    case 'other':
      return { error: `${statement.text} is not supported: ${ELSEWHERE}` };
  }
}

async function createDatabase(
  database: string,
  { ingress, grant }: QueryContext,
): Promise<StatementResult> {
  requireRight(grant, 'write', checkDatabaseName(database, 'the name of the database'));
  await ingress.databases.create(database);
  return {};
}

/** What does not exist is dropped already, as InfluxDB has it. @param measurement undefined: the database with all that is in it */
async function drop(
  database: string | undefined,
  measurement: string | undefined,
  { ingress, grant }: QueryContext,
): Promise<StatementResult> {
  if (database === undefined)
    return { error: 'database name required: name it by the parameter db' };
  requireRight(grant, 'write', checkDatabaseName(database, 'the name of the database'));
  if (!ingress.databases.mayDrop) {
    const what = JSON.stringify(measurement ?? database);
    const command = ['overseer delete --db', JSON.stringify(database)];
    if (measurement !== undefined) command.push('--measurement', JSON.stringify(measurement));
    return {
      error: `dropping is off, nothing of ${what} was dropped: start ingress with DROP_DATABASE=on, or use ${command.join(' ')}`,
    };
  }
  await ingress.databases.drop(database, measurement);
  return {};
}

function visibleDatabases({ ingress, grant }: QueryContext): string[] {
  return ingress.databases
    .names()
    .filter((database) => grant.may('read', database) || grant.may('write', database));
}

/**
 * Does something with the database that a statement is on, when there is one.
 * @param rights of which one is needed
 * @throws AccessError
 */
function onDatabase(
  named: string | undefined,
  context: QueryContext,
  rights: readonly [Right, ...Right[]],
  action: (database: string) => StatementResult,
): StatementResult {
  const database = named ?? context.database;
  if (database === undefined) {
    return { error: 'database name required: name it by ON, or by the parameter db' };
  }
  const { ingress, grant } = context;
  const right = rights.find((one) => grant.may(one, database)) ?? rights[0];
  requireRight(grant, right, database);
  if (!ingress.databases.names().includes(database))
    return { error: `database not found: ${database}` };
  return action(database);
}
