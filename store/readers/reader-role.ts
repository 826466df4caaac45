import type { Logger } from '@overseer/shared';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import { type Database, identifier, sqlState, type Transaction } from '../postgres.ts';

/** Any fixed number: the advisory lock under which one store at a time hands out rights. */
const RIGHTS_LOCK = 0x4f56_5349;
const INSUFFICIENT_PRIVILEGE = '42501';
/** Somebody made the role meanwhile: a store of another database of the cluster. */
const MADE_MEANWHILE = ['42710', '23505'];

/** The catalogue's own views for readers. */
const CATALOGUE_VIEWS = ['measurement_views', 'field_columns', 'series_tags'];

/**
 * Makes the group of readers if it is missing, and gives it what it lacks: after an upgrade, a restore, or when somebody else made the
 * role. A store whose role may not make roles goes on without.
 */
export async function admitReaders(database: Database, log: Logger): Promise<void> {
  await database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${RIGHTS_LOCK})`;
    if (!(await hasRole(transaction)) && !(await makeRole(transaction, log))) return;
    for (const statement of await missingRights(transaction)) {
      await attempt(transaction, statement, log);
    }
  });
}

/**
 * Lets readers into a new schema, and lets them read each view that the store will make in it: at no cost for the view, where a GRANT for
 * each would make new measurements a tenth slower. Without the group it does nothing.
 */
export async function letReadersIn(
  transaction: Transaction,
  schema: string,
  log: Logger,
): Promise<void> {
  if (!(await hasRole(transaction))) return;
  await attempt(transaction, rightsInSchema(identifier(schema)), log);
}

async function hasRole(transaction: Transaction): Promise<boolean> {
  const [role] = await transaction`SELECT FROM pg_roles WHERE rolname = ${READER_ROLE}`;
  return role !== undefined;
}

/** @returns whether it is there now */
async function makeRole(transaction: Transaction, log: Logger): Promise<boolean> {
  try {
    await transaction.savepoint((savepoint) =>
      savepoint.unsafe(`CREATE ROLE ${READER_ROLE} NOLOGIN`),
    );
    return true;
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (MADE_MEANWHILE.includes(state)) return true;
    if (state !== INSUFFICIENT_PRIVILEGE) throw error;
    log.info(
      { role: READER_ROLE },
      `there is no role for readers by SQL, and the store's may not make one: whoever may, runs "CREATE ROLE ${READER_ROLE} NOLOGIN", and the store gives it its rights when it starts again`,
    );
    return false;
  }
}

const rightsInSchema = (schema: string) =>
  `GRANT USAGE ON SCHEMA ${schema} TO ${READER_ROLE};
   ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${READER_ROLE}`;

/** Statements that give what is lacking; none when nothing is. */
async function missingRights(transaction: Transaction): Promise<string[]> {
  const [own] = await transaction`
    SELECT has_schema_privilege(${READER_ROLE}, 'overseer', 'USAGE') AND bool_and(
      has_table_privilege(${READER_ROLE}, format('overseer.%I', name)::regclass, 'SELECT')) AS is_whole
    FROM json_array_elements_text(${JSON.stringify(CATALOGUE_VIEWS)}::text::json) name`;
  const schemas = await transaction`
    SELECT quote_ident(n.nspname) AS name
    FROM overseer.databases d JOIN pg_namespace n ON n.nspname = d.schema_name
    WHERE NOT has_schema_privilege(${READER_ROLE}, n.oid, 'USAGE') OR NOT EXISTS (
      SELECT FROM pg_default_acl a, aclexplode(a.defaclacl) granted
      WHERE a.defaclnamespace = n.oid AND a.defaclobjtype = 'r' AND a.defaclrole = to_regrole(quote_ident(current_user))
        AND granted.grantee = to_regrole(${READER_ROLE}) AND granted.privilege_type = 'SELECT')
    ORDER BY d.id`;
  const views = await transaction`
    SELECT c.oid::regclass::text AS name
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    JOIN pg_namespace n ON n.nspname = d.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.view_name AND c.relkind = 'v'
    WHERE NOT has_table_privilege(${READER_ROLE}, c.oid, 'SELECT')
    ORDER BY m.id`;
  const catalogueViews = CATALOGUE_VIEWS.map((name) => `overseer.${name}`).join(', ');
  return [
    ...(own?.is_whole
      ? []
      : [
          `GRANT USAGE ON SCHEMA overseer TO ${READER_ROLE};
           GRANT SELECT ON ${catalogueViews} TO ${READER_ROLE}`,
        ]),
    ...schemas.map(({ name }) => rightsInSchema(name)),
    ...views.map(({ name }) => `GRANT SELECT ON ${name} TO ${READER_ROLE}`),
  ];
}

/** What can't be given (a view that somebody else has taken over) is said, and keeps nobody from anything else. */
async function attempt(transaction: Transaction, statements: string, log: Logger): Promise<void> {
  try {
    await transaction.savepoint((savepoint) => savepoint.unsafe(statements).simple());
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    log.warn({ statements, err: error }, 'readers by SQL could not be given a right');
  }
}
