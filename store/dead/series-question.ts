import {
  ADMINISTRATION_QUEUE,
  AnswerError,
  administrationSubject,
  type Bus,
  type Logger,
  type NamedSeries,
  type SeriesEnd,
  serveAnswers,
} from '@overseer/shared';
import { idsOf } from '../known-series.ts';
import { arrayLiteral, type Database, isOutage } from '../postgres.ts';

const QUESTIONS_MAX = 16;

/**
 * Answers `admin.series`: which series have these ids. A block names its series by their ids alone, which tell a person nothing.
 * @returns ends it
 */
export function serveSeries(bus: Bus, database: Database, log: Logger): () => void {
  const options = { queue: ADMINISTRATION_QUEUE, openMax: QUESTIONS_MAX, log };
  return serveAnswers(bus, administrationSubject('series'), options, async ({ ids }) => {
    const end: SeriesEnd = { series: await namesOf(database, idsOf(ids)) };
    return end;
  });
}

async function namesOf(database: Database, ids: readonly bigint[]): Promise<NamedSeries[]> {
  const signed = arrayLiteral(ids.map((id) => BigInt.asIntN(64, id)));
  try {
    const rows = await database`
      SELECT s.id, d.name AS db, m.name AS measurement, s.tags
      FROM overseer.series s
      JOIN overseer.measurements m ON m.id = s.measurement_id
      JOIN overseer.databases d ON d.id = m.database_id
      WHERE s.id = ANY(${signed}::text::bigint[])`;
    return rows.map(({ id, db, measurement, tags }) => ({
      id: BigInt.asUintN(64, id).toString(16).padStart(16, '0'),
      ...{ db, measurement, tags },
    }));
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    throw new AnswerError('unavailable', 'PostgreSQL is not there: ask again', { cause });
  }
}
