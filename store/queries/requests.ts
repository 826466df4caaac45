import {
  AnswerError,
  DATABASE_NAME_BYTES_MAX,
  type EvaluationOptions,
  type InstantQuery,
  type LabelQuery,
  type LabelValuesQuery,
  NAME_BYTES_MAX,
  type RangeQuery,
  type SnapshotQuery,
} from '@overseer/shared';
import { RequestFields } from './request-fields.ts';

/** As in Prometheus: enough for the width of any screen. */
const STEPS_MAX = 11_000;
const EXPRESSION_LENGTH_MAX = 65_536;
const MATCHES_MAX = 64;
const SNAPSHOT_MEASUREMENTS_MAX = 10_000;

type Request = Readonly<Record<string, unknown>>;

/** What is asked, as the interfaces of the contract say, or AnswerError bad_data naming the first field that is wrong. */

export function readRangeQuery(request: Request): RangeQuery {
  const fields = new RequestFields(request);
  const query = {
    ...readExpression(fields),
    startMs: fields.timeMs('startMs'),
    endMs: fields.timeMs('endMs'),
    stepMs: fields.durationMs('stepMs'),
  };
  requireOrder(query.startMs, query.endMs);
  const steps = Math.floor((query.endMs - query.startMs) / query.stepMs);
  if (steps > STEPS_MAX) {
    throw new AnswerError(
      'bad_data',
      `stepMs is ${query.stepMs}, which makes ${steps} steps; valid are at most ${STEPS_MAX}: ask for a shorter time or a longer step`,
    );
  }
  return query;
}

export function readInstantQuery(request: Request): InstantQuery {
  const fields = new RequestFields(request);
  return { ...readExpression(fields), timeMs: fields.timeMs('timeMs') };
}

export function readLabelQuery(request: Request): LabelQuery {
  const fields = new RequestFields(request);
  const startMs = fields.optionalTimeMs('startMs');
  const endMs = fields.optionalTimeMs('endMs');
  if (startMs !== undefined && endMs !== undefined) requireOrder(startMs, endMs);
  const limit = fields.optionalCount('limit');
  return {
    db: readDatabase(fields),
    matches: fields.has('matches')
      ? fields.texts('matches', MATCHES_MAX, EXPRESSION_LENGTH_MAX)
      : [],
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(limit === undefined ? {} : { limit }),
  };
}

export function readLabelValuesQuery(request: Request): LabelValuesQuery {
  const label = new RequestFields(request).text('label', NAME_BYTES_MAX);
  return { ...readLabelQuery(request), label };
}

export function readSnapshotQuery(request: Request): SnapshotQuery {
  const fields = new RequestFields(request);
  if (!fields.has('measurements')) return {};
  const pairs = fields.list('measurements', SNAPSHOT_MEASUREMENTS_MAX);
  if (!pairs.every(isPairOfNames)) {
    throw new AnswerError('bad_data', 'measurements are not all pairs of database and measurement');
  }
  return { measurements: pairs };
}

function isPairOfNames(value: unknown): value is readonly [string, string] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((name) => typeof name === 'string')
  );
}

function readExpression(fields: RequestFields): EvaluationOptions & { db: string; expr: string } {
  const limits = fields.optionalFields('limits');
  const lookbackMs = fields.optionalDurationMs('lookbackMs');
  const timeoutMs = fields.optionalDurationMs('timeoutMs');
  const samples = limits.optionalCount('samples');
  const series = limits.optionalCount('series');
  return {
    db: readDatabase(fields),
    expr: fields.text('expr', EXPRESSION_LENGTH_MAX),
    ...(lookbackMs === undefined ? {} : { lookbackMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    limits: {
      ...(samples === undefined ? {} : { samples }),
      ...(series === undefined ? {} : { series }),
    },
  };
}

const readDatabase = (fields: RequestFields) => fields.text('db', DATABASE_NAME_BYTES_MAX);

function requireOrder(startMs: number, endMs: number): void {
  if (endMs >= startMs) return;
  throw new AnswerError('bad_data', `endMs is ${endMs}; valid is startMs (${startMs}) or later`);
}
