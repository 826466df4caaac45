import { decode, encode } from '@msgpack/msgpack';
import type { AnswerErrorKind, TextPosition } from '@overseer/shared/answer-error';
import type { Labels } from '@overseer/shared/queries';

/**
 * What page and frontend say to each other over the WebSocket at `/live`: MessagePack maps in binary frames. Bins are float64
 * columns, little-endian, and bitmaps as in the answers of the store (docs/contracts.md).
 *
 * A subscription's points lie on a grid: step k is at k · stepMs since 1970. Its newest step may lie up to one step in the future, so
 * that a sample is seen as soon as it is written; that step's values are sent again while they change.
 *
 * With `fineStepMs`, each two steps (2j and 2j + 1) stand for the time from the first of them to the next pair: they have the least and
 * the greatest of the values that the expression has there every `fineStepMs`, in the order in which they came, or twice the only one.
 * So what lasts one `fineStepMs` is seen however long the range is. A server that does not know the field takes each step for one
 * evaluation.
 */

export const LIVE_PATH = '/live';
export const PROTOCOL_VERSION = 1;
/** The connection is closed with this code when its session has ended, or its token is another: the page is to ask who it is for. */
export const SESSION_ENDED = 4401;

/** A page's message is a map of numbers and texts. What claims to be large would be made room for before it is seen to be short. */
const PAGE_MESSAGE_LIMITS = {
  maxMapLength: 32,
  maxArrayLength: 0,
  maxBinLength: 0,
  maxExtLength: 0,
} as const;

export interface Subscribe {
  readonly kind: 'subscribe';
  /** Chosen by the page; a second subscription of one id replaces the first. */
  readonly id: number;
  readonly db: string;
  readonly expr: string;
  readonly stepMs: number;
  /** How far back the points go. */
  readonly rangeMs: number;
  /** Two steps are the least and greatest of a value every so many milliseconds; divides both of them, at least three times. */
  readonly fineStepMs?: number;
}

export interface Unsubscribe {
  readonly kind: 'unsubscribe';
  readonly id: number;
}

export type PageMessage = Subscribe | Unsubscribe;

export interface LiveSeries {
  /** Names the series within its subscription; the same in every message until a reset. */
  readonly key: number;
  /** In the first message that names the key. */
  readonly labels?: Labels;
  /** float64, one a step of the message. */
  readonly values: Uint8Array;
  /** Which steps have a value; absent: all. */
  readonly present?: Uint8Array;
}

/** Everything of the subscription, in place of whatever the page had. */
export interface Reset {
  readonly kind: 'reset';
  readonly id: number;
  /** First step, its number on the grid; `count` steps follow each other. */
  readonly firstStep: number;
  readonly count: number;
  readonly series: readonly LiveSeries[];
  readonly warnings: readonly string[];
}

/**
 * Steps that are new or have changed: for the series named they replace what the page had at these steps (present or not); series
 * that are not named have nothing new there: no value at new steps, the old values at steps known before.
 */
export interface Delta {
  readonly kind: 'delta';
  readonly id: number;
  readonly firstStep: number;
  readonly count: number;
  readonly series: readonly LiveSeries[];
}

/** The expression can't be evaluated at the moment; what the page has stays, and a reset follows when it can. */
export interface Failure {
  readonly kind: 'failure';
  readonly id: number;
  readonly error: AnswerErrorKind;
  readonly message: string;
  readonly position?: TextPosition;
  /** It will be tried again without being asked. */
  readonly retrying: boolean;
}

/** First on every connection, and then every second: the server's clock, and that the connection lives. */
export interface Hello {
  readonly kind: 'hello';
  readonly version: number;
  readonly nowMs: number;
}

/** The catalogue of the database has changed: measurements, fields or databases are new. */
export interface CatalogueChanged {
  readonly kind: 'catalogue';
  readonly db: string;
}

/** Somebody has saved or deleted the dashboard; pages that show another revision may load it. */
export interface DashboardChanged {
  readonly kind: 'dashboard';
  readonly id: string;
  readonly revision: number;
}

export type ServerMessage = Reset | Delta | Failure | Hello | CatalogueChanged | DashboardChanged;

export function encodeMessage(message: PageMessage | ServerMessage): Uint8Array<ArrayBuffer> {
  return encode(message, { ignoreUndefined: true });
}

/** A message of our own server: its shape is what the version says. */
export function decodeServerMessage(bytes: ArrayBuffer): ServerMessage {
  return decode(bytes) as ServerMessage;
}

/** A message of a page, which may be anybody's program. @throws Error saying what is wrong with it */
export function decodePageMessage(bytes: Uint8Array): PageMessage {
  const decoded = decode(bytes, PAGE_MESSAGE_LIMITS);
  const message = decoded as Partial<Subscribe> | Partial<Unsubscribe> | null;
  if (typeof message !== 'object' || message === null) throw new Error('a message is a map');
  const { kind, id } = message;
  if (!Number.isSafeInteger(id)) throw new Error('id: an integer was expected');
  if (kind === 'unsubscribe') return { kind, id: id as number };
  if (kind !== 'subscribe') throw new Error('kind: subscribe or unsubscribe was expected');
  const { db, expr, stepMs, rangeMs, fineStepMs } = message as Partial<Subscribe>;
  if (typeof db !== 'string' || typeof expr !== 'string') {
    throw new Error('db and expr: strings were expected');
  }
  if (!isWhole(stepMs) || !isWhole(rangeMs)) {
    throw new Error('stepMs and rangeMs: whole milliseconds above 0 were expected');
  }
  if (fineStepMs === undefined) return { kind, id: id as number, db, expr, stepMs, rangeMs };
  if (!isWhole(fineStepMs)) throw new Error('fineStepMs: whole milliseconds above 0 were expected');
  return { kind, id: id as number, db, expr, stepMs, rangeMs, fineStepMs };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
