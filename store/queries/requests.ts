import {
  AnswerError,
  CARDINALITY_MAX,
  type CardinalityQuery,
  DATABASE_NAME_BYTES_MAX,
  type EvaluationOptions,
  type InstantQuery,
  type LabelQuery,
  type LabelValuesQuery,
  type MeasurementQuery,
  NAME_BYTES_MAX,
  PIXELS_MAX,
  type QueryLimits,
  type RangeQuery,
  type SnapshotQuery,
  TAG_VALUES_MAX,
} from '@overseer/shared';
import { EXPRESSION_CHARACTERS_MAX } from '../promql/syntax/syntax-tree.ts';
import { chosenStepMs, type SteppedRange, stepsOf } from './pixel-extremes.ts';
import { RequestFields } from './request-fields.ts';

const MATCHES_MAX = 64;
const SNAPSHOT_MEASUREMENTS_MAX = 10_000;
/** Of what has the most, unless told: Prometheus' own. */
const CARDINALITY_LIMIT = 10;

type Request = Readonly<Record<string, unknown>>;

/** What is asked, as the interfaces of the contract say, or AnswerError bad_data naming the first field that is wrong. */

/** With a step in any case. */
export function readRangeQuery(request: Request): RangeQuery & SteppedRange {
  const fields = new RequestFields(request);
  const startMs = fields.timeMs('startMs');
  const endMs = fields.timeMs('endMs');
  const pixels = fields.optionalCount('pixels', PIXELS_MAX);
  const isChosen = pixels !== undefined && !fields.has('stepMs');
  const query = {
    ...readExpression(fields),
    startMs,
    endMs,
    stepMs: isChosen ? chosenStepMs({ startMs, endMs, pixels }) : fields.durationMs('stepMs'),
    ...present({ pixels }),
  };
  requireOrder(startMs, endMs);
  // For its limit of steps.
  stepsOf(query);
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
  return {
    db: readDatabase(fields),
    matches: fields.has('matches')
      ? fields.texts('matches', MATCHES_MAX, EXPRESSION_CHARACTERS_MAX)
      : [],
    ...present({ startMs, endMs, limit: fields.optionalCount('limit') }),
  };
}

export function readLabelValuesQuery(request: Request): LabelValuesQuery {
  const label = new RequestFields(request).text('label', NAME_BYTES_MAX);
  return { ...readLabelQuery(request), label };
}

export function readMeasurementQuery(request: Request): MeasurementQuery {
  const fields = new RequestFields(request);
  return {
    db: readDatabase(fields),
    measurement: fields.text('measurement', NAME_BYTES_MAX),
    ...present({ values: fields.optionalCount('values', TAG_VALUES_MAX) }),
  };
}

export function readCardinalityQuery(request: Request): CardinalityQuery {
  const fields = new RequestFields(request);
  return {
    db: readDatabase(fields),
    limit: fields.optionalCount('limit', CARDINALITY_MAX) ?? CARDINALITY_LIMIT,
  };
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

/** What any request may have: how long it may take, and bounds below those of the store. */
export function readOptions(request: Request): Pick<EvaluationOptions, 'timeoutMs'> & {
  readonly limits: QueryLimits;
} {
  const fields = new RequestFields(request);
  const limits = fields.optionalFields('limits');
  return {
    ...present({ timeoutMs: fields.optionalDurationMs('timeoutMs') }),
    limits: present({
      samples: limits.optionalCount('samples'),
      series: limits.optionalCount('series'),
    }),
  };
}

function readExpression(fields: RequestFields) {
  return {
    db: readDatabase(fields),
    expr: fields.text('expr', EXPRESSION_CHARACTERS_MAX),
    ...present({ lookbackMs: fields.optionalDurationMs('lookbackMs') }),
  };
}

/** Without the properties that are undefined. */
function present<T extends object>(
  values: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

const readDatabase = (fields: RequestFields) => fields.text('db', DATABASE_NAME_BYTES_MAX);

function requireOrder(startMs: number, endMs: number): void {
  if (endMs >= startMs) return;
  throw new AnswerError('bad_data', `endMs is ${endMs}; valid is startMs (${startMs}) or later`);
}
