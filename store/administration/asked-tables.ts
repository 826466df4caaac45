import { AnswerError, type PointsQuestion } from '@overseer/shared';
import { readTables, type Table } from '../catalogue.ts';
import type { Database } from '../postgres.ts';

/** The tables of the points that are asked for, in order of their names. @throws AnswerError when there is nothing of that name */
export async function askedTables(
  database: Database,
  { db, measurement }: PointsQuestion,
): Promise<Table[]> {
  const ofDatabase = (await readTables(database)).filter((table) => table.database === db);
  const tables = ofDatabase.filter(
    (table) => measurement === undefined || table.measurement === measurement,
  );
  if (tables.length > 0) return tables.sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
  const [found] = await database`SELECT FROM overseer.databases WHERE name = ${db}`;
  if (!found) throw new AnswerError('bad_data', `there is no database "${db}"`);
  if (measurement === undefined) return [];
  throw new AnswerError('bad_data', `the database "${db}" has no measurement "${measurement}"`);
}
