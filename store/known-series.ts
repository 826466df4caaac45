import {
  AnswerError,
  type Bus,
  decodeSeriesIds,
  encodeSeriesIds,
  KNOWN_SERIES_SUBJECT,
  type KnownSeriesEnd,
  type Logger,
  QUERY_QUEUE,
  serveAnswers,
} from '@overseer/shared';
import { arrayLiteral, type Database, isOutage } from './postgres.ts';

/** Questions at a time; an ingress asks one after the other. */
const QUESTIONS_MAX = 64;

/**
 * Tells ingress which series are registered, when a limit makes it ask. PostgreSQL is asked: every store may answer for every partition.
 * @returns ends it
 */
export function serveKnownSeries(bus: Bus, database: Database, log: Logger): () => void {
  const options = { queue: QUERY_QUEUE, openMax: QUESTIONS_MAX, log };
  return serveAnswers(bus, KNOWN_SERIES_SUBJECT, options, async ({ ids }) => {
    const end: KnownSeriesEnd = {
      known: encodeSeriesIds(await registered(database, idsOf(ids))),
    };
    return end;
  });
}

/** Ids of a question. @throws AnswerError bad_data */
export function idsOf(ids: unknown): bigint[] {
  try {
    return decodeSeriesIds(ids);
  } catch (cause) {
    throw new AnswerError('bad_data', (cause as RangeError).message, { cause });
  }
}

async function registered(database: Database, ids: readonly bigint[]): Promise<bigint[]> {
  try {
    const signed = arrayLiteral(ids.map((id) => BigInt.asIntN(64, id)));
    const rows = await database`
      SELECT id FROM overseer.series WHERE id = ANY(${signed}::text::bigint[])
        AND measurement_id IN (SELECT id FROM overseer.measurements)`;
    return rows.map((row) => BigInt.asUintN(64, BigInt(row.id)));
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    throw new AnswerError('unavailable', 'PostgreSQL is not there: ask again', { cause });
  }
}
