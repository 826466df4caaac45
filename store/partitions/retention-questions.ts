import {
  ADMINISTRATION_QUEUE,
  AnswerError,
  administrationSubject,
  type Bus,
  type DatabaseRetention,
  type Logger,
  type Retention,
  type RetentionEnd,
  serveAnswers,
} from '@overseer/shared';
import { type Database, isOutage } from '../postgres.ts';
import { RequestFields } from '../queries/request-fields.ts';

/** Questions at a time; people ask them. */
const QUESTIONS_MAX = 16;
const DATABASE_LENGTH_MAX = 128;
const MEASUREMENT_LENGTH_MAX = 512;

/**
 * Answers `admin.retention` and `admin.retention.set`.
 * @param fallback of databases that have none of their own
 * @returns ends it
 */
export function serveRetention(
  bus: Bus,
  database: Database,
  fallback: Retention,
  log: Logger,
): () => void {
  const options = { queue: ADMINISTRATION_QUEUE, openMax: QUESTIONS_MAX, log };
  const ends = [
    serveAnswers(bus, administrationSubject('retention'), options, async (request) => {
      const fields = new RequestFields(request);
      const db = fields.has('db') ? fields.text('db', DATABASE_LENGTH_MAX) : undefined;
      const end: RetentionEnd = {
        default: fallback,
        databases: await answering(() => readRetention(database, db)),
      };
      return end;
    }),
    serveAnswers(bus, administrationSubject('retention.set'), options, async (request) => {
      const fields = new RequestFields(request);
      const setting: RetentionSetting = {
        db: fields.text('db', DATABASE_LENGTH_MAX),
        measurement: fields.has('measurement')
          ? fields.text('measurement', MEASUREMENT_LENGTH_MAX)
          : undefined,
        // Null is for ever, absent is none of its own.
        retention: request.retention === null ? null : fields.optionalDurationMs('retention'),
      };
      await answering(() => setRetention(database, setting));
      log.info(setting, 'the retention was set');
      return {};
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

async function answering<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!isOutage(cause)) throw cause;
    throw new AnswerError('unavailable', 'PostgreSQL is not there: ask again', { cause });
  }
}

/** @param db that one alone; undefined: all databases */
export async function readRetention(
  database: Database,
  db: string | undefined,
): Promise<DatabaseRetention[]> {
  const rows = await database`
    SELECT d.name AS db, m.name AS measurement, r.database_id IS NOT NULL AS set, r.keep_ms
    FROM overseer.databases d
    LEFT JOIN overseer.retention r ON r.database_id = d.id
    LEFT JOIN overseer.measurements m ON m.id = r.measurement_id
    WHERE ${db ?? null}::text IS NULL OR d.name = ${db ?? null}
    ORDER BY d.name COLLATE "C", m.name COLLATE "C" NULLS FIRST`;
  if (db !== undefined && rows.length === 0) throw unknownName(`the database ${db}`);
  const answers = new Map<
    string,
    { retention?: Retention; measurements: MeasurementRetention[] }
  >();
  for (const row of rows) {
    const answer = answers.get(row.db) ?? { measurements: [] };
    answers.set(row.db, answer);
    if (!row.set) continue;
    const retention: Retention = row.keep_ms === null ? null : Number(row.keep_ms);
    if (row.measurement === null) answer.retention = retention;
    else answer.measurements.push({ measurement: row.measurement, retention });
  }
  return [...answers].map(([name, answer]) => ({ db: name, ...answer }));
}

type MeasurementRetention = DatabaseRetention['measurements'][number];

export interface RetentionSetting {
  readonly db: string;
  /** Undefined: of the database. */
  readonly measurement: string | undefined;
  /** Undefined: none of its own any more. */
  readonly retention: Retention | undefined;
}

/** @throws AnswerError bad_data for names that are not there */
export async function setRetention(
  database: Database,
  { db, measurement, retention }: RetentionSetting,
): Promise<void> {
  await database.begin(async (transaction) => {
    const [found] = await transaction`
      SELECT d.id, m.id AS measurement_id FROM overseer.databases d
      LEFT JOIN overseer.measurements m ON m.database_id = d.id AND m.name = ${measurement ?? null}
      WHERE d.name = ${db}`;
    if (!found) throw unknownName(`the database ${db}`);
    const measurementId: number | null = found.measurement_id;
    if (measurement !== undefined && measurementId === null) {
      throw unknownName(`the measurement ${measurement} in ${db}`);
    }
    await transaction`
      DELETE FROM overseer.retention
      WHERE database_id = ${found.id} AND measurement_id IS NOT DISTINCT FROM ${measurementId}::int`;
    if (retention === undefined) return;
    await transaction`
      INSERT INTO overseer.retention (database_id, measurement_id, keep_ms)
      VALUES (${found.id}, ${measurementId}, ${retention})`;
  });
}

const unknownName = (what: string) => new AnswerError('bad_data', `${what} does not exist`);
