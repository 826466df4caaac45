import { decode } from '@msgpack/msgpack';
import type { AnswerErrorKind, TextPosition } from '@overseer/shared/answer-error';
import type { Labels } from '@overseer/shared/queries';
import { signInAgain } from '../access.ts';
import type { QueryFailure } from '../series/query-result.ts';
import type { FixedAnswer } from './fixed-columns.ts';

/** An expression over the time from `fromMs` to `toMs`, milliseconds since 1970. */
export interface RangeQuestion {
  readonly db: string;
  readonly expr: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the chart: a longer answer comes as the least and greatest value for each. */
  readonly pixels: number;
}

export interface RangeAnswer {
  readonly matrix: FixedAnswer;
  /** For people. */
  readonly warnings: readonly string[];
}

/** The server says why there is no answer. */
export class UnansweredError extends Error {
  override name = 'UnansweredError';

  constructor(readonly failure: QueryFailure) {
    super(failure.message);
  }
}

/** Body of an answer to query_range as MessagePack: docs/query-api.md. */
interface Body {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data?: {
    readonly startMs?: number;
    readonly stepMs?: number;
    readonly count?: number;
    readonly series?: readonly { readonly metric: Labels; readonly values: Uint8Array }[];
  };
}

const MESSAGE_PACK = 'application/vnd.msgpack';
/** Steps that the store looks at: what lies between two of them and lasts shorter is not seen. */
const STEPS_LOOKED_AT = 20_000;
const STEP_MIN_MS = 1000;
/** None longer than a selector looks back, or samples would not be seen at all. */
const STEP_MAX_MS = 300_000;

/** @throws UnansweredError; whatever fetch throws */
export async function fetchRange(
  question: RangeQuestion,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  const { db, expr, fromMs, toMs, pixels } = question;
  const askedMs = stepOf(question);
  const form = new URLSearchParams({
    query: expr,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(askedMs / 1000),
    pixels: String(pixels),
  });
  const response = await fetch(`/db/${encodeURIComponent(db)}/api/v1/query_range`, {
    method: 'POST',
    headers: { accept: MESSAGE_PACK },
    body: form,
    signal,
  });
  if (response.status === 401) signInAgain();
  const body = decode(await response.arrayBuffer()) as Body;
  if (body.status !== 'success') throw new UnansweredError(failureOf(body, expr));
  const { startMs = fromMs, stepMs = 1, count = 0, series = [] } = body.data ?? {};
  const rows = series.map(({ metric, values }) => ({ labels: metric, values }));
  // Otherwise the answer has the steps that were asked for.
  const isPaired = stepMs !== askedMs && count > 0;
  const matrix = { startMs, stepMs, count, series: rows, isPaired };
  return { matrix, warnings: body.warnings ?? [] };
}

function stepOf({ fromMs, toMs }: RangeQuestion): number {
  const stepMs = Math.ceil((toMs - fromMs) / STEPS_LOOKED_AT / STEP_MIN_MS) * STEP_MIN_MS;
  return Math.min(STEP_MAX_MS, stepMs);
}

/** The types that Prometheus has. */
const KINDS: Readonly<Record<string, AnswerErrorKind>> = {
  bad_data: 'bad_data',
  execution: 'execution',
  timeout: 'timeout',
  unavailable: 'unavailable',
};

/** The same question may be answered a little later. */
const RETRIED: readonly AnswerErrorKind[] = ['unavailable', 'timeout'];

function failureOf({ errorType = '', error = '' }: Body, expr: string): QueryFailure {
  const kind = KINDS[errorType] ?? 'internal';
  const retrying = RETRIED.includes(kind);
  const place = /^(\d+):(\d+): /.exec(error);
  if (!place) return { error: kind, message: error, retrying };
  const position = positionOf(expr, Number(place[1]), Number(place[2]));
  return { error: kind, message: error.slice(place[0].length), position, retrying };
}

/** @param line and column, from 1 */
function positionOf(expr: string, line: number, column: number): TextPosition {
  const before = expr.split('\n').slice(0, line - 1);
  const offset = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return { line, column, offset };
}
