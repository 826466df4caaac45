import { type Bucket, collisionKey, encodeCollision } from '@overseer/shared';
import type { Database } from './postgres.ts';

/** Tells ingress of every series id that two keys have, with the check of the one that keeps it. */
export async function putCollisions(database: Database, control: Bucket): Promise<void> {
  const rows = await database`
    SELECT DISTINCT s.id, s."check" FROM overseer.collisions c JOIN overseer.series s ON s.id = c.id`;
  for (const row of rows) await control.put(collisionKey(row.id), encodeCollision(row.check));
}
