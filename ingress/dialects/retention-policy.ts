import { checkDatabaseName } from '../write-parameters.ts';

/** What stands for the policy that a database has of itself: nothing, or what InfluxDB calls it since 1.0, or before. */
const DEFAULT_POLICIES: readonly string[] = ['', 'autogen', 'default'];

/**
 * The database that points of a retention policy go to. A point in one policy never replaces one in another, and agents set policies that
 * must not lose them a single point: so a policy of its own name is a database of its own, `db/rp`, as InfluxDB 2 names the
 * bucket for it.
 * @param what stands for the database in an error
 * @throws RequestError when the name of both is too long
 */
export function databaseOfPolicy(database: string, policy: string, what: string): string {
  if (DEFAULT_POLICIES.includes(policy)) return database;
  return checkDatabaseName(`${database}/${policy}`, what);
}

/** The database of a bucket of InfluxDB 2: `db/autogen`, or `db/`, is the bucket of a database without a policy. */
export function databaseOfBucket(bucket: string): string {
  const slash = bucket.lastIndexOf('/');
  const isDefault = slash > 0 && DEFAULT_POLICIES.includes(bucket.slice(slash + 1));
  return isDefault ? bucket.slice(0, slash) : bucket;
}
