import {
  type AnswerWriter,
  DATABASE_NAME_BYTES_MAX,
  type DropEnd,
  type DropQuestion,
  NAME_BYTES_MAX,
} from '@overseer/shared';
import { arrayLiteral, type Database } from '../postgres.ts';
import { RequestFields } from '../queries/request-fields.ts';
import type { DropSteps } from './drop-steps.ts';
import { type RecordDropParts, recordDrop } from './record-drop.ts';
import { hasKeys, tellBucket } from './tell-bucket.ts';

/** Who still reads what is dropped, or how many tables it has, holds up the answer no longer than this. */
const REMOVAL_WAIT_MS = 5000;
const REMOVAL_RETRY_MS = 200;

const NOTHING: DropEnd = { found: false, measurements: 0, series: 0 };

/** @throws AnswerError bad_data */
export function readDropQuestion(request: Readonly<Record<string, unknown>>): DropQuestion {
  const fields = new RequestFields(request);
  return {
    db: fields.text('db', DATABASE_NAME_BYTES_MAX),
    ...(fields.has('measurement') && { measurement: fields.text('measurement', NAME_BYTES_MAX) }),
  };
}

/**
 * Drops a database or a measurement. What happens once the drop is on record is done by the steps too, should this process end.
 * @param onDropped called when it is on record
 */
export async function answerDrop(
  parts: RecordDropParts,
  steps: DropSteps,
  question: DropQuestion,
  answer: AnswerWriter,
  onDropped: () => void,
): Promise<DropEnd> {
  const { database } = parts;
  await answer.sendAndWait({});
  if (!(await exists(parts, question))) return NOTHING;
  const { id, tableIds } = await recordDrop(parts, question, answer.signal);
  parts.log.info({ ...question, measurements: tableIds.length }, 'dropped');
  onDropped();
  try {
    const series = await countSeries(database, tableIds);
    await tellBucket(parts, id);
    await awaitRemoval(steps);
    return { found: true, measurements: tableIds.length, series };
  } finally {
    steps.hurry();
  }
}

/** Also what is only on its way: its key is in the bucket before its points are in the stream. */
async function exists(
  { database, schema }: RecordDropParts,
  { db, measurement }: DropQuestion,
): Promise<boolean> {
  const found =
    measurement === undefined
      ? await database`SELECT FROM overseer.databases WHERE name = ${db}`
      : await database`
          SELECT FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
          WHERE d.name = ${db} AND m.name = ${measurement}`;
  return found.length > 0 || (await hasKeys(schema, { database: db, measurement }));
}

async function countSeries(database: Database, tableIds: readonly number[]): Promise<number> {
  const [row] = await database`
    SELECT count(*)::int AS series FROM overseer.series
    WHERE measurement_id = ANY(${arrayLiteral(tableIds)}::text::int[])`;
  return row?.series ?? 0;
}

async function awaitRemoval(steps: DropSteps): Promise<void> {
  const deadline = AbortSignal.timeout(REMOVAL_WAIT_MS);
  while (!(await steps.removeTables(deadline)) && !deadline.aborted) {
    await Bun.sleep(REMOVAL_RETRY_MS);
  }
}
