/**
 * What the embedded server takes from everybody but its superuser, who is the store. PostgreSQL gives these rights to each new role, and logins of
 * `overseer sql-user` are to read and nothing else: not to fill the disk, not to hold the locks by which stores agree.
 */
export const RIGHTS_TAKEN = `
  DO $$
  DECLARE routine regprocedure;
  BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    FOR routine IN
      SELECT p.oid FROM pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace
        AND (p.proname ~ '^pg_(try_)?advisory_' OR p.proname ~ '^(lo_|lowrite$|be_lo_)')
        AND has_function_privilege('public', p.oid, 'EXECUTE')
    LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
    END LOOP;
  END $$`;
